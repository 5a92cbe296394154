#!/usr/bin/env python3
"""The HTML report as a reader uses it, in a real browser that has no network.

    html_test.py PARALLAX WRITE_SAMPLES [PICTURE_FOLDER]

With a folder it also takes the pictures of the documents there. A browser error, a console message
of level SEVERE, or any request but for the page itself fails the test.
"""

import json
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PARALLAX, WRITE_SAMPLES = sys.argv[1:3]
PICTURES = Path(sys.argv[3]) if len(sys.argv) > 3 else None
LARGE = 100_000
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
         "--hide-scrollbars", "--force-prefers-reduced-motion"]


def start_browser(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in [*FLAGS, f"--user-data-dir={folder}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def enlarged(page):
    """The same page about a hundred thousand blocks."""
    open_tag = '<script type="application/json" id="report">'
    begin = page.index(open_tag) + len(open_tag)
    end = page.index("</script>", begin)
    report = json.loads(page[begin:end])
    blocks = report["blocks"]
    for name in ("transactions", "failed", "keys", "conflicts"):
        blocks[name] = (blocks[name] * LARGE)[:LARGE]
    blocks["verdicts"] = (blocks["verdicts"] * LARGE)[:LARGE]
    blocks["runs"] = [[101, LARGE]]
    times = report["times"]
    times["control_us"] = (times["control_us"] * LARGE)[:LARGE]
    for lane in times["lanes"]:
        lane["us"] = (lane["us"] * LARGE)[:LARGE]
    data = json.dumps(report, separators=(",", ":")).replace("<", "\\u003c")
    return page[:begin] + data + page[end:]


class Html(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        subprocess.run([WRITE_SAMPLES, folder.name], check=True, timeout=120)
        for run in ("sample", "clean"):
            subprocess.run([PARALLAX, "report", cls.folder / run, "--format", "html", "--out",
                            cls.folder / run], check=False, timeout=120,
                           stdout=subprocess.DEVNULL)
        cls.browser = start_browser(cls.folder / "profile")
        cls.addClassCleanup(cls.browser.quit)
        cls.browser.get("about:blank")
        cls.browser.get_log("performance")  # the browser's own first page

    def setUp(self):
        self.browser.set_window_size(1280, 900)

    def tearDown(self):
        severe = [entry for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]
        self.assertEqual(severe, [])
        requested = []
        for entry in self.browser.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                requested.append(message["params"]["request"]["url"].split("#")[0])
        for url in requested:
            self.assertTrue(url.startswith(("file://", "data:", "about:")), url)
            self.assertTrue(not url.startswith("file://") or url.endswith(".html"), url)

    def open(self, path):
        # A page of its own each time: going to another fragment alone would not load it.
        self.browser.get("about:blank")
        self.browser.get(path.as_uri())
        return self.find("main > *")

    def find(self, selector):
        return WebDriverWait(self.browser, 120).until(
            lambda browser: browser.find_element(By.CSS_SELECTOR, selector))

    def click(self, selector):
        """As a reader would, who scrolls to it first: the header stays on top of the page."""
        element = self.find(selector)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def all(self, selector):
        return self.browser.find_elements(By.CSS_SELECTOR, selector)

    def visit(self, path):
        """Opens the first finding of the page."""
        self.open(path)
        self.click(".group")
        return self.find("#timeline")

    def picture(self, name, width, height, theme):
        if PICTURES is None:
            return
        self.browser.set_window_size(width, height)
        self.browser.execute_script("setTheme(arguments[0])", theme)
        self.browser.save_screenshot(str(PICTURES / name))

    def test_overview_tells_the_verdict_and_the_causes(self):
        self.open(self.folder / "sample/report.html")
        self.assertIn("5 blocks of 9 differ", self.find("#verdict").text)
        self.assertEqual(len(self.all(".group")), 3)
        self.assertEqual(len(self.all("#block-rows tr")), 9)
        self.assertEqual(self.browser.title, "Parallax: mismatch")
        for at, part in enumerate(("verdict", "findings", "blocks", "speed", "coverage", "glossary")):
            place = lambda name: self.browser.execute_script(  # noqa: E731
                "return document.getElementById(arguments[0]).getBoundingClientRect().top", name)
            self.assertTrue(at == 0 or place(part) > before, part)
            before = place(part)
        self.assertIn("open details", self.find(".group").text)
        self.assertIn("divergence, transaction 1", self.find("#block-rows").text)
        self.picture("report-overview.png", 1280, 1500, "light")

    def test_a_finding_tells_its_cause(self):
        self.visit(self.folder / "sample/report.html")
        text = self.find("main").text
        for words in ("NONCE_TOO_HIGH", "Transaction 1 depends on transaction 0",
                      "read it, as transaction 0 left it", "ended: failed",
                      "parallax replay sample.pxa --from 102 --to 102 --candidate careless",
                      "to blame: candidate", "met again in 3 of 10 fresh runs", "bundles/102-",
                      "schedule-dependent", "Likely cause: the two ran side by side",
                      "Impact: The state after the block differs",
                      "while parallax reproduce bundles/102-", "It is of this block."):
            self.assertIn(words, text)
        self.picture("report-finding.png", 1280, 1900, "light")
        self.picture("report-phone.png", 390, 1900, "dark")

    def test_search_and_filters_narrow_the_causes(self):
        self.open(self.folder / "sample/report.html")
        search = self.find("#search")
        search.send_keys("domain")
        self.assertEqual(len(self.all(".group")), 1)
        search.clear()
        search.send_keys("nothing like it")
        self.assertEqual(len(self.all(".group")), 0)
        self.assertIn("No finding fits", self.find("#group-list").text)
        search.clear()
        search.send_keys("104")
        self.assertEqual(len(self.all("#block-rows tr")), 1)
        search.clear()
        search.send_keys(" ")
        self.click('#filter-lane option[value="fragile"]')
        self.assertEqual(len(self.all(".group")), 1)

    def test_the_table_of_blocks_filters_by_verdict(self):
        self.open(self.folder / "sample/report.html")
        self.click('button[data-verdict="i"]')
        self.assertEqual(len(self.all("#block-rows tr")), 2)
        self.assertIn("timed out", self.find("#block-rows").text)
        self.click('button[data-verdict="x"]')
        self.assertEqual(len(self.all("#block-rows tr")), 5)

    def test_a_bar_of_the_chart_leads_to_its_blocks(self):
        self.open(self.folder / "sample/report.html")
        self.browser.execute_script(
            "document.querySelector('.chart rect').dispatchEvent(new MouseEvent('click'))")
        self.assertEqual(len(self.all("#block-rows tr")), 1)
        self.click("#whole")
        self.assertEqual(len(self.all("#block-rows tr")), 9)

    def test_the_theme_switches_back_and_forth(self):
        self.open(self.folder / "sample/report.html")
        colour = lambda: self.browser.execute_script(  # noqa: E731
            "return getComputedStyle(document.body).backgroundColor")
        before = colour()
        self.click("#theme")
        self.assertNotEqual(colour(), before)
        self.click("#theme")
        self.assertEqual(colour(), before)

    def test_the_map_of_conflicts_shows_what_was_never_tried(self):
        self.open(self.folder / "sample/report.html")
        self.assertIn("findings begin in", self.find("#coverage-count").text)
        self.assertIsNone(self.find("#coverage > details").get_attribute("open"))
        self.click("#coverage > details > summary")
        self.click('#cover-family option[value="account"]')
        self.click('#cover-hazard option[value="read_after_write"]')
        self.assertIn("3 findings", self.find(".map td.mismatch").text)
        self.assertGreater(len(self.all(".map td.never")), 20)
        self.click("#coverage-map summary")
        self.assertIn("transfers and then", self.find("#coverage-map ul").text)

    def test_the_speed_of_each_lane_is_shown_or_why_it_is_not(self):
        self.open(self.folder / "sample/report.html")
        text = self.find("#speed").text
        for words in ("careless", "2.00", "0.50"):
            self.assertIn(words, text)
        self.assertEqual(len(self.all("#speed polyline")), 3)
        self.open(self.folder / "clean/report.html")
        self.assertIn("Not shown: no times stand beside the ledger.", self.find("#speed").text)
        self.assertEqual(self.all("#speed svg"), [])

    def test_hostile_text_stays_text(self):
        self.open(self.folder / "sample/report.html")
        self.assertIn("<img src=x onerror=alert(1)>", self.find("main").text)
        self.assertEqual(self.all("main img"), [])

    def test_nothing_is_wider_than_a_phone(self):
        for path in ("sample", "clean"):
            self.browser.set_window_size(390, 800)
            self.open(self.folder / path / "report.html")
            self.assert_fits()
        self.visit(self.folder / "sample/report.html")
        self.assert_fits()
        right, shown = self.browser.execute_script(
            "const cell = document.querySelector('#differences td.differs');"
            "return [cell.getBoundingClientRect().right, getComputedStyle(cell).display]")
        self.assertLessEqual(right, 390)
        self.assertEqual(shown, "block")

    def assert_fits(self):
        width, room = self.browser.execute_script(
            "return [document.documentElement.scrollWidth, window.innerWidth]")
        self.assertLessEqual(width, room)

    def test_a_clean_run_says_so_and_has_no_findings(self):
        self.open(self.folder / "clean/report.html")
        self.assertIn("MATCH", self.find("#verdict").text)
        self.assertIn("No finding", self.find("#group-list").text)

    def test_a_hundred_thousand_blocks_are_shown_in_pages(self):
        page = self.folder / "large.html"
        page.write_text(enlarged((self.folder / "sample/report.html").read_text()))
        began = time.monotonic()
        self.open(page)
        print(f"opened {LARGE} blocks, {page.stat().st_size} bytes, in "
              f"{time.monotonic() - began:.2f} s", file=sys.stderr)
        self.assertEqual(len(self.all("#block-rows tr")), 50)
        self.assertIn("page 1 of 2,000", self.find("#page").text)
        self.assertLessEqual(len(self.all(".chart rect")), 3 * 120)
        self.click("#next")
        self.assertIn("page 2 of 2,000", self.find("#page").text)
        self.click('button[data-verdict="i"]')
        self.assertIn("of 100,000", self.find("#block-count").text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
