// The page's own small drawings, stroked in the colour of the text around them.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  phone: "M6 3.5h3l1.6 4-2 1.6a11 11 0 0 0 5.3 5.3l1.6-2 4 1.6v3a2 2 0 0 1-2.2 2A16 16 0 0 1 4 5.7 2 2 0 0 1 6 3.5Z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  flag: "M6 21V4m0 1h12l-3 4 3 4H6",
  calendar: "M5 6h14v14H5zM5 10.5h14M9 3.5V8m6-4.5V8",
  bell: "M12 4a5 5 0 0 0-5 5c0 5-2 6-2 7h14c0-1-2-2-2-7a5 5 0 0 0-5-5Zm-2 15a2 2 0 0 0 4 0",
  horn: "M4 10v4h3l9 4.5v-13L7 10H4Zm15 0v4",
  no: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM6.5 6.5l11 11",
  warn: "M12 4 3 19.5h18L12 4Zm0 6v4.5m0 2.6v.4",
  live: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z",
  send: "M4 12 20 4l-4 16-4.5-6.5L4 12Zm7.5 1.5L20 4",
  thread: "M5 5h14v10h-7l-4 4v-4H5V5Z",
  close: "M6 6l12 12M18 6 6 18",
  more: "M5 12h.1M12 12h.1M19 12h.1",
  down: "M7 10l5 5 5-5",
  skip: "M5 5l8 7-8 7V5Zm13 0v14",
  book: "M5 4.5h11a3 3 0 0 1 3 3V20H8a3 3 0 0 1-3-3V4.5Zm0 12.500a3 3 0 0 1 3-3h11",
  wires: "M4 8h13m0 0-3-3m3 3-3 3M20 16H7m0 0 3-3m-3 3 3 3",
  crack: "M13 3 6 13h5l-1 8 8-11h-5l2-7h-2Z",
  moon: "M19 14.500A7.500 7.500 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500Z",
  eye: "M3 12s3.500-6 9-6 9 6 9 6-3.500 6-9 6-9-6-9-6Zm9-2.500a2.500 2.500 0 1 0 0 5 2.500 2.500 0 0 0 0-5Z",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  out: "M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9",
  plus: "M12 5v14M5 12h14",
  home: "M4 11.500 12 4l8 7.500M6.500 10v10h11V10",
};
const FILLED = new Set(["live"]);

/** @returns {SVGSVGElement} hidden from screen readers: the words beside it say the same */
export function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", ["icon", `icon-${name}`, FILLED.has(name) && "filled", className].filter(Boolean).join(" "));
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
