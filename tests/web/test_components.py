"""The components: what templates may say, and what comes out."""

import re
from datetime import UTC, date, datetime
from importlib import resources

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from tests.bases import Base

from bascule.web.templatetags import ui


def drawn(source: str, **given: object) -> str:
    return " ".join(Template(source).render(Context(given)).split())


@pytest.mark.parametrize(
    ("source", "value", "expected"),
    [
        ("{{ v|day }}", date(2026, 9, 1), "01/09/2026"),
        ("{{ v|day }}", None, ""),
        ("{{ v|long_day }}", date(2026, 9, 1), "1er septembre 2026"),
        ("{{ v|long_day }}", date(2026, 9, 21), "21 septembre 2026"),
        # At midnight where the authority is, it is still the day before in universal time.
        ("{{ v|day }}", datetime(2026, 8, 31, 22, 30, tzinfo=UTC), "01/09/2026"),
        (
            "{{ v|instant }}",
            datetime(2026, 11, 26, 13, 5, tzinfo=UTC),
            "26/11/2026 à 14\xa0h\xa005",
        ),
        ("{{ v|number }}", 1234567, "1\xa0234\xa0567"),
        ("{{ v|number }}", 0, "0"),
        ("{{ v|school_year_label }}", 2026, "2026-2027"),
    ],
)
def test_dates_and_numbers_are_written_as_the_french_do(
    source: str, value: object, expected: str
) -> None:
    assert Template(source).render(Context({"v": value})) == expected


class Sample(forms.Form):
    login = forms.CharField(label="Identifiant", help_text="Sur votre lettre.")
    email = forms.EmailField(label="Courriel", required=False)
    kind = forms.ChoiceField(label="Nature", widget=forms.RadioSelect, choices=[("1", "Une")])
    sure = forms.BooleanField(label="Vérifié")


class Paged(forms.Form):
    q = forms.CharField(label="Nom", required=False)


def test_a_field_is_bound_to_its_label_its_help_and_its_error() -> None:
    page = drawn("{% field form.login %}", form=Sample({}))

    assert '<label class="form-label" for="id_login">Identifiant</label>' in page
    assert 'aria-describedby="id_login_helptext id_login_error"' in page
    assert 'id="id_login_helptext">Sur votre lettre.' in page
    assert 'id="id_login_error">Ce champ est obligatoire.' in page
    assert 'aria-invalid="true"' in page


def test_a_group_of_choices_is_told_by_its_legend_and_its_error() -> None:
    page = drawn("{% field form.kind %}", form=Sample({}))

    assert re.search(r'<fieldset class="field field-wrong" aria-describedby="id_kind_error">', page)
    assert ">Nature</legend>" in page


def test_what_may_be_left_blank_is_said_so_and_a_tick_is_not() -> None:
    assert "(facultatif)" in drawn("{% field form.email %}", form=Sample())
    assert "(facultatif)" not in drawn("{% field form.login %}", form=Sample())
    assert "(facultatif)" not in drawn("{% field form.sure %}", form=Sample())


def test_the_summary_leads_to_each_fault() -> None:
    page = drawn("{% form_errors form %}", form=Sample({"email": "x"}))

    assert "4 points sont à corriger." in page
    assert re.findall(r'href="#([^"]+)"', page) == ["id_login", "id_email", "id_kind_0", "id_sure"]


def test_a_form_without_fault_has_no_summary() -> None:
    assert "notice" not in drawn("{% form_errors form %}", form=Sample())
    assert drawn("{% form_errors form %}", form=Paged()) == ""


def test_a_form_drawn_by_django_is_drawn_with_the_same_fields() -> None:
    assert '<div class="field">' in drawn("{{ form }}", form=Sample())
    assert '<div class="field">' in drawn("{{ form.login.as_field_group }}", form=Sample())


@pytest.mark.parametrize(
    "source",
    ['{% alert "grave" %}{% endalert %}', '{% badge "x" "rouge" %}', '{% submit "x" "gros" %}'],
)
def test_a_kind_that_is_not_known_is_refused(source: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="is none of"):
        drawn(source)


@pytest.mark.parametrize(
    "source",
    [
        '{% alert "info" v %}{{ v }}{% endalert %}',
        "{% badge v %}",
        "{% fact v v %}",
        "{% table v %}{% endtable %}",
        "{% panel v %}{% endpanel %}",
        "{% empty v v v v %}",
        "{% submit v %}",
        "{% link_button v v %}",
        "{% tile v v v v %}",
        "{% crumb v v %}",
        "{% tabs items 'a' %}",
        "{% stepper steps 1 %}",
    ],
)
def test_no_component_lets_markup_through(source: str) -> None:
    evil = '"><script>'

    page = drawn(source, v=evil, items=[(evil, evil, "a")], steps=[evil])

    assert "<script>" not in page
    assert evil not in page


def test_a_fact_that_is_not_known_says_so_and_zero_is_known() -> None:
    assert "non renseigné" in drawn("{% fact 'Courriel' v %}", v="")
    assert "<dd>0</dd>" in drawn("{% fact 'Élèves' v %}", v=0)


def test_a_stepper_tells_where_one_is() -> None:
    page = drawn("{% stepper steps 2 %}", steps=[("Déposer", "/d/"), "Comparer", "Résultat"])

    assert "Étape 2 sur 3" in page
    assert re.findall(r'<li class="step-(\w+)"', page) == ["done", "current", "next"]
    assert '<a href="/d/">Déposer</a>' in page
    assert page.count('aria-current="step"') == 1


def test_pages_of_a_list_keep_the_rest_of_the_query(base: Base) -> None:
    request = RequestFactory().get("/", {"q": "martin", "page": "2"})
    page = Paginator(range(250), 25).page(2)

    shown = Template("{% pagination page %}").render(RequestContext(request, {"page": page}))

    assert 'href="?q=martin&amp;page=3"' in shown
    assert re.search(r'aria-current="page">[^/]*</span>2<', shown)


def test_a_list_of_one_page_has_no_pages() -> None:
    assert drawn("{% pagination page %}", page=Paginator(range(3), 25).page(1)) == ""


def test_a_page_has_its_title_for_heading_unless_it_says_another(base: Base) -> None:
    request = RequestFactory().get("/")
    source = "{% extends 'page.html' %}{% block title %}Élèves{% endblock %}"

    same = Template(source).render(RequestContext(request))
    other = Template(source + "{% block heading %}Bonjour{% endblock %}").render(
        RequestContext(request)
    )

    assert "<title>Élèves – Bascule</title>" in same
    assert "<h1>Élèves</h1>" in same
    assert "<h1>Bonjour</h1>" in other


def test_the_way_back_ends_with_the_page_and_is_not_drawn_for_none(base: Base) -> None:
    request = RequestFactory().get("/")
    source = "{% extends 'page.html' %}{% block title %}Import n° 1{% endblock %}"

    without = Template(source).render(RequestContext(request))
    within = Template(
        source + "{% block crumbs %}{% crumb 'Imports' '/i/' %}{% endblock %}"
    ).render(RequestContext(request))

    assert 'class="crumbs"' not in without
    way = within[within.index('class="crumbs"') : within.index("<h1>")]
    assert re.findall(r">([^<>\n]+)</(?:a|span)>", way) == ["Accueil", "Imports", "Import n° 1"]


def test_every_component_is_shown_on_the_page_of_components(base: Base) -> None:
    page = resources.files("bascule.web").joinpath("templates/public/components.html").read_text()
    # A name has no look of its own.
    drawn_elsewhere = {"block_again", "breadcrumb", "who"}

    missing = [
        name
        for name in ui.register.tags
        if name not in drawn_elsewhere and f"{{% {name}" not in page
    ]
    assert missing == []
