"""What the commands print holds nothing that acts on a terminal."""

import pytest

from training import evaluate, poison
from training.plain import plain

HOSTILE = "owned\x1b[2J\x1b]52;c;x\x07\u202e\u009b31m\r\x7f\u2028\udcff"


def test_plain_keeps_what_stands_there():
    assert plain("Tür 3,\t日本 🚪\n") == "Tür 3,\t日本 🚪\n"
    assert plain(HOSTILE) == "owned\ufffd[2J\ufffd]52;c;x\ufffd\ufffd\ufffd31m\ufffd\ufffd\ufffd\ufffd"


@pytest.mark.parametrize("command", [evaluate, poison])
def test_commands_print_plain_errors(command, capsys):
    assert command.main(["--data", HOSTILE, "--pack", "nowhere" + HOSTILE]) != 0
    shown = capsys.readouterr()
    assert "owned" in shown.err
    assert plain(shown.out + shown.err) == shown.out + shown.err
