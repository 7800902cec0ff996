"""What is completed instead of typed."""

from __future__ import annotations

from tests.support.recorder_lab import until
from tests.support.recording.hands import Hands
from tests.support.recording.script import collection

script = collection()

MENU = ".jp-Completer:not(.lm-mod-hidden)"
NAMES = "long_variable_one = 1\nlong_variable_two = 2\nsingular_thing = 3\n"
SUGGEST = """async suggestion => {
    const registry = window.jupyterapp.pluginRegistry;
    const token = [...registry._services.keys()].find(
        found => found.name === '@jupyterlab/completer:ICompletionProviderManager');
    const providers = await window.jupyterapp.resolveOptionalService(token);
    providers.registerInlineProvider({
        identifier: 'synthetic', name: 'Synthetic',
        fetch: async () => ({items: [{insertText: suggestion}]})
    });
    const settings = providers._inlineCompleterSettings;
    const synthetic = {enabled: true, timeout: 5000, debouncerDelay: 0};
    providers.inline.configure({...settings, providers: {...settings.providers, synthetic}});
}"""


@script
def completes_by_enter(hands: Hands) -> None:
    _prepare(hands)
    _open_menu(hands, "long_vari")
    with hands.doing("complete"):
        hands.press("Enter")
        until(lambda: hands.source(0).count("long_variable_") == 3, "completed")
    with hands.doing("type"):
        hands.keys(" + 1")


@script
def completes_by_tab(hands: Hands) -> None:
    _prepare(hands)
    """Tab first writes what all matches begin with."""
    _open_menu(hands, "long_v")
    with hands.doing("complete"):
        hands.press("Tab")
        until(lambda: hands.source(0).count("long_variable_") == 3, "what they have in common")
        hands.press("Enter")
        until(lambda: not hands.source(0).endswith("long_variable_"), "one of them")


@script
def completes_by_mouse(hands: Hands) -> None:
    _prepare(hands)
    _open_menu(hands, "long_vari")
    with hands.doing("complete"):
        hands.page.locator(f"{MENU} .jp-Completer-item", has_text="long_variable_two").first.click()
        until(lambda: hands.source(0).count("long_variable_") == 3, "completed")


@script
def completes_the_only_match(hands: Hands) -> None:
    """Where there is one match only, Tab takes it."""
    _prepare(hands)
    _open_menu(hands, "singular_thi")
    with hands.doing("complete"):
        hands.press("Tab")
        until(lambda: hands.source(0).endswith("\nsingular_thing"), "completed")
    with hands.doing("type"):
        hands.keys(" * 2")


@script
def completes_after_typing_into_the_menu(hands: Hands) -> None:
    """While the menu is open, typing goes on and narrows it."""
    _prepare(hands)
    _open_menu(hands, "long_")
    with hands.doing("type"):
        hands.keys("variable_t")
    with hands.doing("complete"):
        hands.press("Enter")
        until(lambda: hands.source(0).endswith("\nlong_variable_two"), "completed")


@script
def accepts_an_inline_suggestion(hands: Hands) -> None:
    hands.open("", "b = 2")
    hands.page.evaluate(SUGGEST, "mean = total / count  # '😀'")
    hands.edit(0)
    with hands.doing("type"):
        hands.keys("# the mean\n")
    hands.command("inline-completer:invoke")
    hands.page.wait_for_selector(".jp-GhostText")
    with hands.doing("inline"):
        hands.command("inline-completer:accept")
        hands.wait_source(0, "mean = total")
    with hands.doing("type"):
        hands.keys("!")


def _prepare(hands: Hands) -> None:
    """Have some names to complete; JupyterLab's own provider finds them without a kernel."""
    hands.open(NAMES)


def _open_menu(hands: Hands, begun: str) -> None:
    hands.edit(0)
    with hands.doing("type"):
        hands.keys(begun)
    _invoke(hands, lambda: bool(hands.page.locator(MENU).count()))


def _invoke(hands: Hands, is_done: object) -> None:
    """Ask until there is an answer: a busy kernel's come too late for the completer."""
    assert callable(is_done)

    def answered() -> bool:
        if not is_done():
            hands.command("completer:invoke-notebook")
            hands.page.wait_for_timeout(150)
        return bool(is_done())

    until(answered, "the completer answers")
