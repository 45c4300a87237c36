"""Templates reach nothing, grow to no size that hurts, and print no data unescaped."""

from collections.abc import Callable

import pytest

from chasing_pipeline.domain.action import MessageFacts
from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.context import message_context
from chasing_pipeline.messages.environment import SEED_NAMES
from chasing_pipeline.messages.library import TemplateLibrary

Facts = Callable[..., MessageFacts]
Templates = Callable[[dict[str, str]], TemplateLibrary]


@pytest.fixture
def render(facts: Facts, settings: Settings, templates: Templates) -> Callable[..., str]:
    def render(source: str, part: str = "sms.txt", **changes: object) -> str:
        context = message_context(facts(**changes), settings, "en")
        return templates({f"t/{part}": source}).render("t", part, "en", context)

    return render


@pytest.mark.parametrize(
    "source",
    [
        "{{ '{:>100000000}'.format(1) }}",
        "{{ '{x:>100000000}'.format_map({'x': 1}) }}",
        "{{ customer_name['format'](1) }}",
        "{{ 'a' * 10**8 }}",
        "{{ customer_name * 100000000 }}",
        "{{ [1] * 100000000 }}",
        "{{ '%100000000d' % 1 }}",
        "{{ 9**9 }}",
        "{{ 'a'.ljust(100000000) }}",
        "{{ 'a'.zfill(100000000) }}",
        "{{ 'a' | center(100000000) }}",
        "{{ 'a' | indent(100000000) }}",
        "{{ 1 | round(100000000, 'ceil') }}",
        "{{ 999999999 * 999999999 * 999999999 }}",
        "{% for i in range(100000) %}x{% endfor %}",
        "{{ lipsum(1000) }}",
        "{% set x = namespace(a=1) %}{{ x.a }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ customer_name.__class__ }}",
        "{{ customer_name['__class__'] }}",
        "{{ invoices | map(attribute='__class__') | first }}",
        "{{ company.names() }}",
        "{{ company.__init__ }}",
        "{{ statement_date.strftime('%Y') }}",
        "{{ self.__init__.__globals__ }}",
        "{{ invoices.append(1) }}",
        "{{ invoices }}",
        "{{ company }}",
        "{{ customer_name | safe }}",
        "{% autoescape false %}{{ customer_name }}{% endautoescape %}",
        "{% include '../chasing.yaml' %}",
        "{% include '/etc/passwd' %}",
        "{% include 't/sms.txt' %}",
        "{{ {}.update({1: 1}) }}",
        "{{ [[1], [2]] | sum }}",
        "{{ 1 / 0 }}",
    ],
)
def test_a_template_cannot_do_this(render: Callable[..., str], source: str) -> None:
    with pytest.raises(ConfigurationError):
        render(source)


@pytest.mark.parametrize(
    "double",
    [
        "{% set a = a ~ a %}",
        "{% set a = a + a %}",
        "{% set a %}{{ a }}{{ a }}{% endset %}",
        "{% set a = [a, a] | join %}",
    ],
)
def test_a_text_that_doubles_forty_times_is_stopped(render: Callable[..., str], double: str) -> None:
    with pytest.raises(ConfigurationError, match="grows beyond"):
        render("{% set a = 'abc' %}" + double * 40 + "{{ a }}")


def test_a_list_that_doubles_is_never_written_out(render: Callable[..., str]) -> None:
    with pytest.raises(ConfigurationError, match="a list"):
        render("{% set a = [1] %}" + "{% set a = [a, a] %}" * 60 + "{{ a | upper }}")


def test_output_beyond_the_cap_is_refused_while_it_is_written(render: Callable[..., str]) -> None:
    loop = "{% for a in 'x' %}".replace("'x'", "'" + "x" * 40 + "'")
    with pytest.raises(ConfigurationError, match="grows beyond 2,000,000 characters"):
        render(loop * 3 + "0123456789" * 5 + "{% endfor %}" * 3)


FOR_EVER = {
    "loops in loops": "{% for a in 'X' %}".replace("X", "x" * 300) * 5 + "{% endfor %}" * 5,
    "a macro that calls itself twice": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}"
    "{{ m(40) }}",
    "a file that takes itself in twice": "{% set n = (n | default(0)) + 1 %}{% if n < 40 %}"
    "{% include 't/sms.txt' %}{% include 't/sms.txt' %}{% endif %}",
    "a loop that calls itself": "{% for i in [[1], [2]] recursive %}{{ loop(i) }}{% endfor %}",
    "a block that calls itself twice": "{% block b %}{{ self.b() }}{{ self.b() }}{% endblock %}",
}


@pytest.mark.parametrize("source", FOR_EVER.values(), ids=FOR_EVER)
def test_a_template_does_not_go_on_for_ever(render: Callable[..., str], source: str) -> None:
    with pytest.raises(ConfigurationError, match=r"more than 100,000 steps|can't be recursive|without end"):
        render(source)


def test_loops_know_their_length_and_their_last_turn(render: Callable[..., str]) -> None:
    assert render("{% for i in 'abc' %}{{ loop.index }}/{{ loop.length }}{{ ' ' if not loop.last }}{% endfor %}") == (
        "1/3 2/3 3/3"
    )


def test_harmless_things_work(render: Callable[..., str]) -> None:
    source = (
        "{{ customer_name | upper }} {{ customer_name.lower() }} {{ 1 + 2 }} {{ statement_date.year }} "
        "{{ invoices | sum('open_amount') | money }} {{ invoices | map(attribute='reference') | join('; ') }} "
        "{% macro twice(x) %}{{ x ~ x }}{% endmacro %}{{ twice('ab') }} "
        "{% for i in invoices %}{{ loop.index }}{{ loop.cycle('a', 'b') }}{% endfor %}"
    )
    assert render(source) == "ACME LTD acme ltd 3 2026 £1,200.00 INV-1; INV-2 abab 1a2b"


@pytest.mark.parametrize("name", SEED_NAMES)
def test_the_names_of_the_seed_product_work_with_triple_braces(render: Callable[..., str], name: str) -> None:
    for part in ("sms.txt", "body.html"):
        assert render(f"{{{{{{ {name} }}}}}}", part) == render(f"{{{{ {name} }}}}", part) != ""


def test_triple_braces_do_not_let_data_be_markup(render: Callable[..., str]) -> None:
    html = render("{{{ customer_name }}}", "body.html", customer={"name": "<script>alert(1)</script>"})
    assert html == "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.mark.parametrize("value", ["company.name", "customer_name | upper", "'<b>'", "invoices[0].reference"])
def test_triple_braces_refuse_what_is_neither_an_old_name_nor_our_markup(
    render: Callable[..., str], value: str
) -> None:
    with pytest.raises(ConfigurationError, match="triple braces"):
        render(f"{{{{{{ {value} }}}}}}", "body.html")


def test_triple_braces_take_our_markup_by_another_name(render: Callable[..., str]) -> None:
    assert "<br>" in render("{% set place = company.address %}{{{ place }}}", "letter.html")


def test_triple_braces_in_raw_text_stay(render: Callable[..., str]) -> None:
    assert render("{% raw %}{{{ company.name }}}{% endraw %}") == "{{{ company.name }}}"


def test_an_html_part_takes_in_no_plain_text(facts: Facts, settings: Settings, templates: Templates) -> None:
    library = templates({"t/body.html": "{% include 't/name.txt' %}", "t/name.txt": "{{ customer_name }}"})
    with pytest.raises(ConfigurationError, match=r"templates/t/body\.html:1: an HTML part can't take in"):
        library.render("t", "body.html", "en", message_context(facts(), settings, "en"))
