"""What time it really is, as the database tells: leases live in it, whatever clock tests turn."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from bot.store.columns import Instant


class real_now(FunctionElement[datetime]):
    """Microseconds since 1970: the same for all replicas of one Postgres, whatever their own clocks say."""

    type = Instant()
    inherit_cache = True


@compiles(real_now, "postgresql")
def _on_postgres(element: real_now, compiler: Any, **kw: Any) -> str:
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"


@compiles(real_now, "sqlite")
def _on_sqlite(element: real_now, compiler: Any, **kw: Any) -> str:
    return "(CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)"


NOW = select(real_now())
