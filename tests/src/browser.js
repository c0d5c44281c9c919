// Measures the page in the frame: what flows over, what lies outside, what is hard to read.
const frame = document.getElementById("page");
const parsed = (color) => {
  const parts = color.match(/[\d.]+/g).map(Number);
  // color-mix gives `color(srgb r g b)` with parts from 0 to 1
  const scale = color.startsWith("color(") ? 255 : 1;
  return { rgb: parts.slice(0, 3).map((part) => part * scale), opaque: parts.length < 4 ? 1 : parts[3] };
};
const light = (rgb) => {
  const linear = rgb.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
// Contrast as in WCAG 2.2.
const contrast = (one, other) => {
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};
frame.onload = () => {
  const d = frame.contentDocument;
  const w = frame.contentWindow;
  const outside = [];
  for (const svg of d.querySelectorAll("svg[viewBox]")) {
    const view = svg.viewBox.baseVal;
    for (const text of svg.querySelectorAll("text")) {
      const box = text.getBBox();
      const beyond = box.x < view.x - 0.5 || box.y < view.y - 0.5
        || box.x + box.width > view.x + view.width + 0.5 || box.y + box.height > view.y + view.height + 0.5;
      if (beyond) outside.push(`${text.textContent} at ${box.x}, ${box.y}`);
    }
  }
  const behind = (element) => {
    for (let at = element; at && at.nodeType === 1; at = at.parentElement) {
      const found = parsed(w.getComputedStyle(at).backgroundColor);
      if (found.opaque === 1) return found.rgb;
    }
    return [255, 255, 255];
  };
  const faint = new Set();
  for (const element of d.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || ["title", "style"].includes(element.tagName.toLowerCase())) continue;
    const style = w.getComputedStyle(element);
    const color = parsed(element.closest("svg") ? style.fill : style.color).rgb;
    const found = contrast(color, behind(element));
    if (found < 4.5) faint.add(`${element.textContent.trim().slice(0, 40)}: ${found.toFixed(2)} (${element.className.baseVal ?? element.className})`);
  }
  document.getElementById("told").textContent = JSON.stringify({
    scroll_width: d.documentElement.scrollWidth,
    height: d.documentElement.scrollHeight,
    outside,
    faint: [...faint],
    background: w.getComputedStyle(d.body).backgroundColor,
  });
};
