"""Every sabotage still applies to the code as it is, and those who have to notice it are still there."""

import ast
import re

import pytest

from tests.sabotage.variants import ROOT, Sabotage, sabotages

DEMANDED = 20
EACH = pytest.mark.parametrize("sabotage", sabotages(), ids=lambda sabotage: sabotage.name)


@EACH
def test_it_applies_and_leaves_a_program(sabotage: Sabotage) -> None:
    texts = {edit.file: (ROOT / edit.file).read_text() for edit in sabotage.edits}
    before = dict(texts)
    for edit in sabotage.edits:
        texts[edit.file] = edit.made(texts[edit.file])
    for file, text in texts.items():
        assert text != before[file]
        ast.parse(text, file)


@EACH
def test_those_who_have_to_notice_it_exist(sabotage: Sabotage) -> None:
    assert sabotage.tests
    for test in sabotage.tests:
        file, _, name = test.partition("::")
        assert re.search(rf"^(async )?def {re.escape(name)}\(", (ROOT / file).read_text(), re.MULTILINE), test


def test_there_are_enough_of_them_and_each_has_its_name() -> None:
    names = [sabotage.name for sabotage in sabotages()]
    assert len(set(names)) == len(names) >= DEMANDED
