"""A campaign from the console's editor over the customer's chat to its results; and on its own page."""

import os
import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from bot.settings import read_settings
from bot.surveys.campaigns import Campaigns, open_campaigns
from bot.surveys.links import Links
from tests.console.conftest import PASSWORD, add_staff
from tests.stack import Stack

PHONE = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}
SHOTS = os.environ.get("SHOPTALK_SCREENSHOTS", "")  # a folder: keep pictures of the main screens
WAIT = 90_000  # milliseconds; a machine that is busy with other things takes its time


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.wait_for_timeout(400)
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


@pytest.fixture(scope="module")
def campaigns(stack: Stack) -> Campaigns:
    settings = read_settings({"SHOPTALK_SHOP": str(stack.shop_dir / "shop.yml")})
    return open_campaigns(settings.surveys_db, settings.surveys_dir, ZoneInfo("UTC"))


@pytest.fixture
def analyst(page: Page, stack: Stack) -> Page:
    """Somebody who runs campaigns, signed in at the console."""
    page.set_default_timeout(WAIT)
    add_staff(read_settings({"SHOPTALK_SHOP": str(stack.shop_dir / "shop.yml")}))
    page.goto(f"{stack.url}/console/sign-in")
    page.get_by_label("Login").fill("lea")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Surveys")).to_be_visible(timeout=WAIT)
    return page


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.keyboard.press("Enter")


def test_a_campaign_from_the_editor_over_the_chat_to_its_results(
    analyst: Page, stack: Stack, campaigns: Campaigns, browser: Browser
) -> None:
    analyst.get_by_role("link", name="Surveys").click()
    analyst.get_by_role("link", name="New survey").click()
    analyst.get_by_label("Name in addresses").fill("mugs")
    analyst.get_by_label("Title").fill("About this chat")
    analyst.get_by_label("First words").fill("One thing before you go.")
    analyst.get_by_text("And all of these").click()
    analyst.get_by_label("Messages of the customer").fill("1")
    analyst.get_by_label("Seconds without a message").fill("1")
    analyst.locator("[name=q0_ask]").fill("How happy are you with us?")
    analyst.locator("[name=q0_go]").fill("1-3 -> why")
    preview = analyst.frame_locator("#survey-preview")
    expect(preview.get_by_text("names no question after this one")).to_be_visible(timeout=WAIT)
    analyst.get_by_role("button", name="Add a question").click()
    analyst.locator("[name=q1_id]").fill("why")
    analyst.locator("[name=q1_ask]").fill("What could be better than a {score}?")
    expect(preview.get_by_text("What could be better than a 4?")).to_be_visible(timeout=WAIT)
    expect(preview.get_by_text("1-3 → why")).to_be_visible()
    shoot(analyst, "survey-editor")
    analyst.get_by_role("button", name="In the chat").click()
    drawn = analyst.locator("#survey-chat")
    expect(drawn.get_by_role("button", name="5 of 5 stars")).to_be_visible(timeout=WAIT)
    expect(drawn.get_by_text("What could be better than a 4?")).to_be_visible()
    shoot(analyst, "survey-editor-chat")
    analyst.get_by_role("button", name="Save").click()
    expect(analyst.get_by_text("Saved as version 1.")).to_be_visible(timeout=WAIT)
    analyst.get_by_role("button", name="Start").click()
    expect(analyst.get_by_text("It asks from now on.")).to_be_visible(timeout=WAIT)

    customer = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    customer.set_default_timeout(WAIT)
    customer.goto(stack.url)
    customer.get_by_role("button", name=re.compile("^Chat with Finn")).click()
    say(customer, "do you have mugs?")
    expect(customer.get_by_text("Stoneware Mug").last).to_be_visible(timeout=WAIT)
    say(customer, "great, thanks!")
    expect(customer.get_by_text("How happy are you with us?").last).to_be_visible(timeout=WAIT)
    shoot(customer, "survey-chat")
    customer.get_by_role("button", name="2 of 5 stars").click()
    expect(customer.get_by_text("What could be better than a 2?").last).to_be_visible(timeout=WAIT)
    say(customer, "more colours of mugs")
    expect(customer.get_by_text("Thank you!").last).to_be_visible(timeout=WAIT)
    customer.context.close()

    (run,) = [run for run in campaigns.store.runs("mugs") if run.completed_at]
    assert {name: one.value for name, one in run.answers.items()} == {
        "score": 2, "why": "more colours of mugs"}  # fmt: skip
    analyst.reload()
    expect(analyst.get_by_text("more colours of mugs")).to_be_visible()
    expect(analyst.get_by_text("asked 1, answered 1").first).to_be_visible()
    shoot(analyst, "survey-results")
    with analyst.expect_download() as download:
        analyst.get_by_role("link", name="Workbook").click()
    assert download.value.suggested_filename == "mugs.xlsx"


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_its_own_page_by_keyboard_on_a_phone_without_scripts(
    page: Page, stack: Stack, campaigns: Campaigns
) -> None:
    page.set_default_timeout(WAIT)
    settings = read_settings({"SHOPTALK_SHOP": str(stack.shop_dir / "shop.yml")})
    campaigns.set_status("who-you-are", "started")
    page.goto(stack.url + Links(settings.secrets).path("who-you-are"))
    page.get_by_role("button", name="Start").press("Enter")
    page.get_by_role("radio", name="Yes").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="How do you live?")).to_be_visible()
    page.get_by_role("button", name="Skip").press("Enter")
    expect(page.get_by_role("group", name=re.compile("outdoors"))).to_be_visible()
    shoot(page, "survey-page")
    page.get_by_role("button", name="Next").press("Enter")
    assert (
        page.get_by_role("group", name="How do you live?").count() == 0
    )  # skipped, not asked again
    page.get_by_label(re.compile("About how many things")).fill("a lot")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("a number")
    page.get_by_label(re.compile("About how many things")).fill("12")
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Camping").press("Space")
    page.get_by_role("button", name="Next").press("Enter")
    page.get_by_label(re.compile("looked for")).fill("A bread knife")
    page.get_by_role("button", name="Next").press("Enter")
    expect(page.get_by_role("heading", name="Thank you! Your answers are in.")).to_be_visible()
    (run,) = campaigns.store.runs("who-you-are")
    assert run.completed_at and run.answers["orders"].value == 12 and run.conversation is None
