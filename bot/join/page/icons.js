// The page's own small drawings, stroked in the colour of the text around them.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  microphone: "M12 4a2.5 2.5 0 0 0-2.5 2.5v5a2.5 2.5 0 0 0 5 0v-5A2.5 2.5 0 0 0 12 4ZM6.5 11a5.5 5.5 0 0 0 11 0M12 16.5V20",
  camera: "M4 7.5h11v9H4zM15 11l5-3v8l-5-3",
  leave: "M4 14.5c4-4.5 12-4.5 16 0l-1.5 3-4-1.200v-2.5c-1.600-.5-3.400-.5-5 0v2.5l-4 1.200L4 14.5Z",
  sound: "M4 10v4h3l5 4V6L7 10H4Zm11.5-1.5a5 5 0 0 1 0 7M18 6a9 9 0 0 1 0 12",
  settings: "M5 8h8m4 0h2M5 16h2m4 0h8M13 8a2 2 0 1 0 4 0 2 2 0 0 0-4 0ZM7 16a2 2 0 1 0 4 0 2 2 0 0 0-4 0Z",
};

/** Hidden from screen readers: the words beside it say the same. */
export function icon(name, { off = false } = {}) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  for (const d of [PATHS[name], off ? "M4.5 4.5l15 15" : ""].filter(Boolean)) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}
