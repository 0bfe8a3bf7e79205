"""How fast it is: each promise of the README's table, measured beside what it is compared with."""
