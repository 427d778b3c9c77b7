"""The page in a real browser: Chromium, headless, with what people do in it."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from helpers import fake, run_cli
from report.many import many
from report.samples import aws_id, full, github, report, result

from leakstop.model import Problem
from leakstop.report import writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from helpers import Repo
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium of the machine (`.ci/run` installs it)."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("needs a browser: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def thousands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with 5,000 findings."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    with path.open("w", encoding="utf-8") as stream:
        writer("html")(many(5000), stream)
    return path


@pytest.fixture
def visit(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens a report. Whatever the page says in the console or asks of a network fails the test."""
    trouble: list[str] = []
    contexts = []

    def open_page(what, **options) -> Page:
        path = what if isinstance(what, os.PathLike) else tmp_path / f"{len(contexts)}.html"
        if path != what:
            with path.open("w", encoding="utf-8") as stream:
                writer("html")(what, stream)
        contexts.append(browser.new_context(**{"viewport": DESKTOP, **options}))
        page = contexts[-1].new_page()
        page.on("console", lambda message: trouble.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("dialog", lambda dialog: trouble.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: trouble.append(request.url) if request.url != path.as_uri() else None)
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert trouble == []


def shown(page: Page) -> int:
    """How many findings the page says it shows."""
    return int(re.match(r"(?:All )?([\d,]+)", page.locator("#count").inner_text())[1].replace(",", ""))


def rows(page: Page):
    return page.locator(".item")


def new(a_report) -> list:
    return [one for one in a_report.results if one.triage.status == "new"]


# ---- sizes and looks


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("number", [0, 3, 5000])
def test_sizes(visit, thousands, number, viewport, scheme):
    a_report = many(number) if number else report(command="history")
    page = visit(thousands if number == 5000 else a_report, viewport=viewport, color_scheme=scheme)
    secrets = len({one.finding.secret for one in new(a_report)}) if number < 5000 else 3518
    assert page.locator("h1").inner_text().startswith(f"{secrets:,} secret" if number else "No secrets found")
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    if number:
        rows(page).first.locator(".head").click()
        assert page.locator(".detail").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    else:
        assert "Everything was read" in page.locator("#list").inner_text()
        assert not page.locator("#bar").is_visible()


def test_incomplete_without_findings_is_not_clean(visit):
    page = visit(report(problems=(Problem("a.zip", "is damaged", "unpack it"),), complete=False))
    assert "incomplete" in page.locator("h1").inner_text()
    assert "No secrets in what was read" in page.locator("#list").inner_text()
    assert " ".join(page.locator("#problems li").inner_text().split()) == "a.zip: is damaged → unpack it"


def test_findings_that_do_not_count_are_not_in_the_way(visit):
    page = visit(report(*[one for one in many(300).results if one.triage.status != "new"]))
    assert page.locator("h1").inner_text().startswith("No secrets found")
    assert "No finding counts" in page.locator("#list").inner_text()
    page.get_by_role("button", name="Show all findings").click()
    assert rows(page).count() == page.locator(".item.aside").count() > 10


def test_theme_can_be_chosen(visit):
    page = visit(many(3), color_scheme="dark")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").wait_for()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != dark
    page.get_by_role("button", name="Theme: light").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


# ---- finding things


def test_search(visit):
    a_report = many(300)
    page = visit(a_report)
    assert shown(page) == len(new(a_report))
    page.locator("#query").fill("ada terraform")
    wanted = [one for one in new(a_report) if "Ada" in one.finding.origin.author and b"terraform" in one.finding.origin.path]
    assert 0 < shown(page) == len(wanted) == rows(page).count()
    page.locator("#query").fill("ada terraform -main.tf")
    assert shown(page) == len([one for one in wanted if not one.finding.origin.path.endswith(b"main.tf")]) < len(wanted)
    page.locator("#query").fill("no such thing")
    assert "Nothing to show" in page.locator("#list").inner_text()
    page.get_by_role("button", name="Show all findings").click()
    assert shown(page) == 300
    assert page.locator("#query").input_value() == ""


def test_cards_and_chips(visit):
    a_report = many(300)
    page = visit(a_report)
    numbers = Counter(one.finding.severity for one in new(a_report))
    for severity, number in numbers.items():
        assert page.locator(f".card.{severity} b").inner_text() == str(number)
    page.locator(".card.critical").click()
    page.locator(".card.high").click()
    assert shown(page) == numbers["critical"] + numbers["high"]
    head = page.locator(".chip", has_text="still in HEAD")
    told = int(head.locator("b").inner_text())
    head.click()
    bad = [one for one in new(a_report) if one.finding.severity in ("critical", "high") and one.finding.history.in_head]
    assert shown(page) == told == len(bad)
    page.locator(".chip", has_text="clear filters").click()
    page.locator(".chip", has_text="ignored").click()
    assert shown(page) == sum(one.triage.status in ("new", "ignored") for one in a_report.results)
    assert page.locator(".item.aside").count() > 0


@pytest.mark.parametrize(
    "group, key",
    [
        ("rule", lambda found: f"{found.rule.id} · {found.rule.provider}"),
        ("author", lambda found: found.origin.author),
        ("file", lambda found: found.origin.path.decode()),
        ("commit", lambda found: found.history.first_commit[:10]),
    ],
)
def test_groups(visit, group, key):
    a_report = many(120)
    page = visit(a_report)
    page.select_option("#group", group)
    wanted = Counter(key(one.finding) for one in new(a_report))
    # All at once in the page: the button also presses itself when it comes into sight, and is gone before a click arrives.
    while page.locator("#list > .more").evaluate_all("buttons => buttons.map(button => button.click())"):
        pass
    titles = page.locator(".fold > span:first-child").all_inner_texts()
    numbers = [int(text.split()[0]) for text in page.locator(".fold .number").all_inner_texts()]
    read: Counter[str] = Counter()
    for title, number in zip(titles, numbers, strict=True):
        read[title.split(" ")[0] if group == "commit" else title] += number
    assert read == wanted
    first = page.locator(".fold").first
    first.click()
    assert first.get_attribute("aria-expanded") == "false"
    assert not page.locator(".items").first.is_visible()


def test_sort(visit):
    page = visit(many(120))
    page.select_option("#sort", "oldest first")
    days = [re.search(r"\d{4}-\d\d-\d\d", text)[0] for text in page.locator(".who").all_text_contents()]
    assert len(days) > 50
    assert days == sorted(days)


# ---- details


def test_details(visit):
    page = visit(full())
    rows(page).first.locator(".head").click()
    text = page.locator(".detail").inner_text()
    for part in (
        "It was pushed: revoke it at its provider first",
        "deactivate and delete the key under IAM",
        "AWS_SECRET_ACCESS_KEY = 'UkGU…'",
        aws_id(),
        "Ada Lovelace <ada@example.com>",
        "came in 2026-03-02 3f2a91c04e",
        "last held 2026-05-20 77aa0b1c2d",
        "not in HEAD any more · pushed",
        "main, origin/main, v1.2, v1.3, refs/stash",
    ):
        assert part in text
    assert page.locator("mark").inner_text() == "UkGU…"
    assert page.locator("mark").evaluate("node => node.previousSibling.textContent") == "AWS_SECRET_ACCESS_KEY = '"


def test_verdicts(visit):
    page = visit(many(300))
    page.locator(".chip", has_text=re.compile("^live")).click()
    rows(page).first.locator(".head").click()
    text = page.locator(".detail").inner_text()
    for part in (
        "It works right now",
        "arn:aws:iam::123456789012:user/deploy",
        "unrestricted",
        "long-term access key",
        "account",
    ):
        assert part in text


def test_the_same_secret_elsewhere(visit):
    page = visit(report(*[result(github(), f"{name}.py", number) for number, name in enumerate("abc", 1)]))
    rows(page).first.locator(".head").click()
    links = page.locator(".detail .jump")
    assert links.all_inner_texts() == ["b.py:2:10", "c.py:3:10"]
    links.last.click()
    assert page.evaluate("document.activeElement.textContent").count("c.py")
    assert page.locator(".detail").count() == 2


def test_copy_the_fingerprint(visit):
    page = visit(full(), permissions=["clipboard-read", "clipboard-write"])
    rows(page).first.locator(".head").click()
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == full().results[0].fingerprint


# ---- the timeline


def test_timeline_of_few(visit):
    a_report = many(20)
    page = visit(a_report)
    bars = page.locator("#timeline .hit")
    assert bars.count() == len({one.finding.secret for one in new(a_report)})
    label = bars.first.get_attribute("aria-label")
    bars.first.press("Enter")
    assert label.split(",")[0] in page.evaluate("document.activeElement.textContent")


def test_timeline_of_many(visit):
    a_report = many(300)
    page = visit(a_report)
    told = page.locator("#timeline .hit").evaluate_all("bars => bars.map(bar => bar.getAttribute('aria-label'))")
    came = sum(int(re.search(r": (\d+) came in", text)[1]) for text in told)
    assert came == len({one.finding.secret for one in new(a_report)})
    page.locator("#timeline .hit").nth(5).click(force=True)
    chip = page.locator(".chip", has_text=re.compile("^in 20"))
    assert 0 < shown(page) < len(new(a_report))
    chip.click()
    assert shown(page) == len(new(a_report))


def test_no_dates_no_timeline(visit):
    assert not visit(report(result(github()))).locator("#history").is_visible()


# ---- keyboard, paper, ears


def test_keyboard(visit):
    page = visit(many(300))

    def focused() -> str:
        return page.evaluate("document.activeElement.id || document.activeElement.className")

    page.keyboard.press("/")
    assert focused() == "query"
    page.keyboard.type("jkgx?")  # letters, while one types
    assert page.locator("#query").input_value() == "jkgx?"
    page.keyboard.press("Escape")
    assert focused() != "query"
    page.keyboard.press("x")
    assert page.locator("#query").input_value() == ""
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert rows(page).nth(1).locator(".head").evaluate("head => head === document.activeElement")
    page.keyboard.press("Enter")
    assert rows(page).nth(1).locator(".head").get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowUp")
    assert rows(page).nth(0).locator(".head").evaluate("head => head === document.activeElement")
    page.keyboard.press("g")
    assert focused() == "group"
    page.locator("#query").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()


def test_keyboard_goes_on_where_rows_are_not_made_yet(visit):
    page = visit(many(300))
    # All in one turn: nothing but the keys themselves can make rows in between.
    page.evaluate(
        "for (let n = 0; n < 70; n++) document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }))"
    )
    assert rows(page).nth(69).locator(".head").evaluate("head => head === document.activeElement")


def test_on_paper_everything_is_there(visit):
    a_report = many(100)
    page = visit(a_report)
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert rows(page).count() == page.locator(".detail").count() == len(new(a_report))
    assert not page.locator("#query").is_visible()
    assert page.pdf()[:5] == b"%PDF-"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(visit, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(many(120), color_scheme=scheme)
    page.locator(".chip", has_text=re.compile("^live")).click()
    rows(page).first.locator(".head").click()
    page.select_option("#group", "author")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []


# ---- safety

HOSTILE = "</script><script>window.pwned=1;alert(1)</script><img src=x onerror=alert(2)>\"'&`${alert(3)}<!--{{data}} \u202e"


def test_hostile_names_stay_text(visit):
    origin = {
        "commit": "3f2a91c04e" * 4,
        "author": HOSTILE,
        "email": HOSTILE,
        "subject": HOSTILE,
        "date": "2026-03-02T10:11:12+01:00",
        "members": (HOSTILE,),
        "decoded": (HOSTILE,),
    }
    found = result(github(), HOSTILE, kind="commit", origin=origin, excerpt=HOSTILE, reasons=(HOSTILE,))
    page = visit(report(found, found, problems=(Problem(HOSTILE, HOSTILE, HOSTILE),), complete=False))
    for group in ("rule", "file", "author", "commit", "nothing"):
        page.select_option("#group", group)
    rows(page).first.locator(".head").click()
    assert page.evaluate("[window.pwned, document.scripts.length, document.images.length]") == [None, 2, 0]
    assert "<img src=x onerror=alert(2)>" in page.locator(".detail").inner_text()
    assert r"\u202e" in rows(page).first.inner_text()


def test_the_policy_lets_nothing_else_run(browser, tmp_path):
    path = tmp_path / "x.html"
    with path.open("w", encoding="utf-8") as stream:
        writer("html")(report(result(github())), stream)
    path.write_text(
        path.read_text(encoding="utf-8").replace("</body>", "<script>window.pwned = 1</script></body>"), encoding="utf-8"
    )
    page = browser.new_page()
    page.goto(path.as_uri())
    assert page.evaluate("[window.pwned, document.documentElement.dataset.ready]") == [None, "yes"]
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.com/x.png'}))")
    # Awaited here: the page's policy forbids the `eval` with which `wait_for_function` asks again and again.
    assert page.evaluate("fetch('https://example.com/').then(() => '', error => String(error))")
    page.close()


def test_without_scripts_there_is_a_table(visit):
    page = visit(full(), java_script_enabled=False)
    text = page.locator("noscript").inner_text()
    assert "2 secrets in 1 file" in text
    assert "deploy/settings.py:3" in text


# ---- thousands


def test_thousands_of_findings_cost_little(visit, thousands, record_property):
    """What is measured is recorded, not judged; judged is that rows are made only as far as they are looked at."""
    page = visit(thousands)
    measured = page.evaluate("""() => {
        const time = (act) => {
            const start = performance.now();
            act();
            document.body.offsetHeight;  // with layout
            return performance.now() - start;
        };
        return {
            open: performance.getEntriesByType("navigation")[0].domContentLoadedEventEnd,
            filter: time(() => { state.query = "ada settings"; refresh(); }),
            clear: time(() => { clearFilters(); refresh(); }),
            group: time(() => { state.group = "secret"; refresh(); }),
        };
    }""")
    for name, milliseconds in measured.items():
        record_property(f"{name} 5,000 findings, ms", round(milliseconds))
    assert rows(page).count() <= 200
    assert page.locator(".block").count() <= 200
    page.select_option("#group", "nothing")
    before = rows(page).count()
    page.mouse.wheel(0, 100_000)
    rows(page).nth(before).wait_for(state="attached")


def test_rows_out_of_sight_are_not_laid_out(visit, thousands):
    """Most of the time of a key pressed in the search went there; on paper they all are."""
    page = visit(thousands)
    hidden = "(item) => !item.firstChild.checkVisibility({contentVisibilityAuto: true})"
    rows(page).first.scroll_into_view_if_needed()
    page.wait_for_function(f"() => !({hidden})(document.querySelector('.item'))")
    assert page.evaluate(f"() => [...document.querySelectorAll('.item')].filter({hidden}).length") > 10
    page.emulate_media(media="print")
    assert page.evaluate(f"() => [...document.querySelectorAll('.item')].filter({hidden}).length") == 0


# ---- the command


def test_a_real_history(visit, repo: Repo, tmp_path: Path):
    secret = fake("github-pat")
    repo.add("deploy.env", f"TOKEN={secret}\n", msg="Deploy")
    repo.add("deploy.env", "TOKEN=\n", msg="Not there any more")
    repo.add("kept.env", f"TOKEN={fake('github-pat', 2)}\n", msg="Still there")
    target = tmp_path / "leaks.html"
    assert run_cli("history", "--output", str(target), cwd=repo.path).code == 1
    assert secret not in target.read_text(encoding="utf-8")
    page = visit(target)
    assert page.locator("h1").inner_text().startswith("2 secrets in 2 files · 1 in HEAD")
    heads = page.locator(".head").all_inner_texts()
    assert [("deploy.env" in text, "gone" in text) for text in heads] == [(True, True), (False, False)]
    rows(page).first.locator(".head").click()
    assert re.search(r"last held 20\d\d-\d\d-\d\d", page.locator(".detail").inner_text())
    assert page.locator("#timeline .lane").count() >= 2


def test_data_is_the_json_report(tmp_path):
    with (
        (tmp_path / "x.html").open("w+", encoding="utf-8") as page,
        (tmp_path / "x.json").open("w+", encoding="utf-8") as document,
    ):
        writer("html")(full(), page)
        writer("json")(full(), document)
    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    data = json.loads(text.partition('id="data">')[2].partition("</script>")[0])
    for told, finding in zip(data["findings"], json.loads((tmp_path / "x.json").read_text())["findings"], strict=True):
        assert {key: told[key] for key in finding if key in told} == {
            key: value for key, value in finding.items() if key not in ("provider", "description")
        }
