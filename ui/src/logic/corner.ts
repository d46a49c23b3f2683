/** Where the self view rests: one of four corners. */
export type Corner = "top-left" | "top-right" | "bottom-left" | "bottom-right";

/** The corner nearest to a point of a stage. */
export function nearestCorner(x: number, y: number, width: number, height: number): Corner {
  return `${y < height / 2 ? "top" : "bottom"}-${x < width / 2 ? "left" : "right"}`;
}

/** Where an arrow key moves it; any other key leaves it. */
export function moveCorner(corner: Corner, key: string): Corner {
  const [vertical, horizontal] = corner.split("-") as ["top" | "bottom", "left" | "right"];
  switch (key) {
    case "ArrowLeft":
      return `${vertical}-left`;
    case "ArrowRight":
      return `${vertical}-right`;
    case "ArrowUp":
      return `top-${horizontal}`;
    case "ArrowDown":
      return `bottom-${horizontal}`;
    default:
      return corner;
  }
}
