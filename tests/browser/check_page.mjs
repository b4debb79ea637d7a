// SPDX-License-Identifier: MIT
// Opens a report page in headless Chromium, as a reader would, and says what is wrong with it.
//
//   node check_page.mjs PACKAGES CHROMIUM PAGE [PICTURES]
//
// PACKAGES holds node_modules with playwright-core. Each fault is a line on standard output; the
// exit code is then 1. With PICTURES, screenshots and the printed page are left in that folder.
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, chromiumPath, pageFile, pictures] = process.argv.slice(2);
const { chromium } = createRequire(join(resolve(packages), "index.js"))("playwright-core");
const url = pathToFileURL(resolve(pageFile)).href;
const faults = [];
const fault = (where, what) => faults.push(`${where}: ${what}`);

// Runs inside the page: what a reader could stumble over.
function inspect() {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll("body *")].filter(
      (e) => !e.closest(".scroll, .chart, pre") && e.getBoundingClientRect().right > innerWidth + 1,
    );
    const names = wide.slice(0, 3).map((e) => `${e.tagName}.${e.className}`);
    found.push(`the page is ${root.scrollWidth} pixels wide, not ${innerWidth}: ${names}`);
  }
  for (const chart of document.querySelectorAll(".chart")) {
    const name = chart.getAttribute("aria-label") ?? "";
    if (name === "") found.push("a chart has no name");
    if (!chart.querySelector("svg")) found.push(`nothing is drawn: ${name}`);
    if (/NaN|undefined|Infinity/.test(chart.innerHTML)) found.push(`drawn with NaN: ${name}`);
    if (!chart.closest("figure")?.querySelector("details table")) {
      found.push(`no table stands beside: ${name}`);
    }
    const frame = chart.getBoundingClientRect();
    for (const text of chart.querySelectorAll("svg text")) {
      const box = text.getBoundingClientRect();
      if (box.width > 0 && (box.left < frame.left - 2 || box.right > frame.right + 2)) {
        found.push(`"${text.textContent}" is cut off in: ${name}`);
      }
    }
  }
  const text = document.body.innerText;
  for (const word of ["NaN", "undefined", "[object Object]", "Infinity"]) {
    if (text.replace(document.querySelector("#losses")?.innerText ?? "", "").includes(word)) {
      found.push(`the page says "${word}"`);
    }
  }
  if (document.querySelectorAll("h1").length !== 1) found.push("there is not one h1");
  if (globalThis.intruded !== undefined) found.push("a text ran as a script");
  if (document.querySelector("section img, section script, section iframe")) {
    found.push("a text became an element");
  }
  const data = JSON.parse(document.getElementById("paq-data").textContent);
  for (const [id, expected] of [
    ["training", data.evaluation.training !== undefined],
    ["modes", data.modes !== null],
  ]) {
    if ((document.getElementById(id) !== null) !== expected) {
      found.push(`the section "${id}" is ${expected ? "missing" : "there without its data"}`);
    }
  }
  // WCAG 2: 4.5 for text on its ground.
  const style = getComputedStyle(root);
  const luminance = (name) => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    const c = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
    const [r, g, b] = c.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  for (const ink of ["--ink", "--soft", "--accent", "--link", "--other", "--bound"]) {
    for (const ground of ["--ground", "--panel"]) {
      const [a, b] = [luminance(ink), luminance(ground)].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      if (!(ratio >= 4.5)) found.push(`${ink} on ${ground} has a contrast of ${ratio.toFixed(2)}`);
    }
  }
  return found;
}

const browser = await chromium.launch({ executablePath: chromiumPath });
try {
  if (pictures) mkdirSync(pictures, { recursive: true });
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [1280, 360]) {
      const where = `${colorScheme}, ${width} wide`;
      const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
      const page = await context.newPage();
      page.on("console", (message) => fault(where, `console: ${message.text()}`));
      page.on("pageerror", (error) => fault(where, `error: ${error.message}`));
      page.on("request", (request) => {
        if (request.url() !== url) fault(where, `asks for ${request.url()}`);
      });
      await page.goto(url);
      await page.waitForSelector("h1");
      if ((await page.locator(".chart").count()) > 0) await page.waitForSelector(".chart svg");
      await page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))),
      );
      for (const what of await page.evaluate(inspect)) fault(where, what);
      if (pictures) {
        await page.screenshot({
          path: join(pictures, `${colorScheme}-${width}.png`),
          fullPage: true,
        });
      }
      await checkSwitch(page, where);
      await context.close();
    }
  }
  await checkPrint();
} finally {
  await browser.close();
}

// The reader's choice overrules the system's and outlives a reload.
async function checkSwitch(page, where) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.getByRole("radio", { name: "dark" }).check();
  const dark = await ground();
  await page.getByRole("radio", { name: "light" }).check();
  const light = await ground();
  if (dark === light) fault(where, `the switch leaves the ground ${dark}`);
  await page.reload();
  await page.waitForSelector("h1");
  await page
    .waitForFunction(() => document.documentElement.dataset.theme === "light")
    .catch(() => {
      fault(where, "the choice of colours is forgotten");
    });
}

// Paper is white, whatever the screen; and nothing that needs a click stands on it.
async function checkPrint() {
  const context = await browser.newContext({ colorScheme: "dark" });
  const page = await context.newPage();
  await page.goto(url);
  await page.waitForSelector("h1");
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  if (ground !== "rgb(255, 255, 255)") fault("print", `the ground is ${ground}`);
  if (await page.locator(".theme").isVisible()) fault("print", "the switch of colours is printed");
  const path = pictures ? join(pictures, "print.pdf") : undefined;
  const pdf = await page.pdf({
    format: "A4",
    path,
    margin: { top: "15mm", bottom: "15mm", left: "15mm", right: "15mm" },
  });
  if (pdf.length < 10000) fault("print", `a PDF of only ${pdf.length} bytes`);
  await context.close();
}

for (const line of faults) console.log(line);
process.exitCode = faults.length === 0 ? 0 : 1;
