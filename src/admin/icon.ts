// The picture of the console in the browser's tab: a probe's fan. A constant.

export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#12171d"/><path d="M12 6h8l8 18q-12 7-24 0z" fill="#7fd1c7"/><path d="M9.5 13.5q6.5 3 13 0M7.2 18.5q8.8 4.2 17.6 0" stroke="#12171d" stroke-width="1.6" fill="none"/></svg>\n`;
