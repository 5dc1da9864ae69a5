"""Receipts: what they prove, what they hide, and that nothing in them can be changed."""

import json
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from prmbuild import merkle
from prmbuild.access.entries import Location
from prmbuild.cli.receipt import receipt_command
from prmbuild.errors import StoreError
from prmbuild.manifest import proof, release
from prmbuild.records import recorded
from prmbuild.records.history import turns
from prmbuild.records.layout import turn_key
from prmbuild.records.live import manifests, shown
from prmbuild.records.receipts import (
    ABOUT,
    Receipt,
    ReceiptError,
    Unpublished,
    asked,
    file_name,
    read_receipt,
    receipt_for,
    written,
)
from prmbuild.records.records import Deployment, Published, digest_of, named
from prmbuild.store.store import Store
from tests.publish.sites import NEW, NOW, OLD, directory, put_live, site

FILES = {
    "pricing/index.html": digest_of("prices"),
    "404.html": digest_of("none"),
    **{f"secret-plan-{number}/index.html": digest_of(f"secret {number}") for number in range(20)},
}


@cache
def deployment() -> Deployment:
    portals = {
        portal: Published(
            release=named(release(FILES | {"index.html": digest_of(portal)}), digest_of("headers")),
            place=Location(base="base", delta="delta", folders=("secret-plan-3/",)),
            viewers=((f"partner-{portal}", "sales"),),
        )
        for portal in ("gold", "silver", "hidden-tier")
    }
    return Deployment(
        previous="0" * 32,
        revision="c0ffee-commit",
        instant="2026-11-25T20:59:00+00:00",
        headers=digest_of("headers"),
        at="2026-11-25T21:00:00+00:00",
        by="run 1",
        plan="plan",
        approved=True,
        evidence="evidence",
        portals=portals,
    )


@cache
def text() -> bytes:
    files = FILES | {"index.html": digest_of("gold")}
    return written(receipt_for(deployment(), "gold", files, "pricing/index.html"))


def laid_out(receipt: object) -> bytes:
    """A receipt that somebody made up, as prmbuild lays one out, so that nothing but what it says is wrong."""
    return (json.dumps(receipt, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "surrogatepass")


def test_it_proves_a_file_its_release_its_deployment_when_that_was_and_what_was_before() -> None:
    receipt = read_receipt(text())
    assert not isinstance(receipt, Unpublished)
    assert (receipt.path, receipt.digest) == ("pricing/index.html", digest_of("prices"))
    assert receipt.release == deployment().portals["gold"].release
    assert receipt.deployment == deployment().id
    assert (receipt.at, receipt.previous) == (deployment().at, deployment().previous)


def test_it_hides_everything_else() -> None:
    said = text().decode()
    for hidden in ("secret-plan", "gold", "silver", "hidden-tier", "partner-", "sales", "c0ffee", "run 1"):
        assert hidden not in said
    for name, digest in FILES.items():
        assert name == "pricing/index.html" or digest not in said
    guesses = [f"releases/{one.release}" for one in deployment().portals.values()]
    assert [one for one in guesses if one.removeprefix("releases/") in said] == guesses[:1]


@given(st.data())
def test_no_character_of_it_can_be_changed(data: st.DataObject) -> None:
    whole = text().decode()
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from('0123456789abcdef"{}[],:-/ x\n'))
    length = data.draw(st.integers(0, 2))
    changed = (whole[:at] + other + whole[at + length :]).encode()
    if changed != text():
        with pytest.raises(ReceiptError):
            read_receipt(changed)


def test_it_holds_as_it_was_written_alone() -> None:
    read = json.loads(text())
    assert laid_out(read) == text()
    proofs = dict(reversed(read["proofs"].items()))
    for other in (json.dumps(read).encode(), b"\n" + text(), text().rstrip(), laid_out({**read, "proofs": proofs})):
        with pytest.raises(ReceiptError, match="looks other than prmbuild writes it"):
            read_receipt(other)


def places(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, one in inner for place in places(one, (*way, key)))]


@given(st.data())
def test_no_part_of_it_can_be_changed_dropped_or_added(data: st.DataObject) -> None:
    read: Any = json.loads(text())
    *way, last = data.draw(st.sampled_from([place for place in places(read) if place]))
    holder = read
    for key in way:
        holder = holder[key]
    before = holder[last]
    others: list[Any] = [None, 7, True, "", "00" * 32, [], {}, [before], {"x": before}, *map(str, (before,))]
    new = data.draw(st.sampled_from([other for other in others if other != before] + ["drop", "add"]))
    if new == "drop":
        del holder[last]
    elif new == "add" and isinstance(holder, dict):
        holder[f"{last}2"] = before
    elif new == "add":
        holder.append(before)
    else:
        holder[last] = new
    with pytest.raises(ReceiptError):
        read_receipt(laid_out(read))


def test_nobody_can_put_two_deployments_together() -> None:
    later = replace(deployment(), at="2027-01-01T00:00:00+00:00", previous=deployment().id)
    files = FILES | {"index.html": digest_of("gold")}
    one, other = (json.loads(written(receipt_for(of, "gold", files, "404.html"))) for of in (deployment(), later))
    for name in ("headers", "at", "previous", "release"):
        mixed = {**one, name: other[name], "proofs": one["proofs"] | {name: other["proofs"][name]}}
        with pytest.raises(ReceiptError):
            read_receipt(laid_out(mixed))


def test_nobody_makes_a_page_of_what_a_node_is_the_digest_of() -> None:
    """The bytes of the uppermost node, of which everybody who has a receipt knows the digest, were never published."""
    forged = json.loads(text())
    below = bytes.fromhex(forged["digest"])
    for step in forged["proofs"]["file"]:
        leaf = merkle.leaf(bytes.fromhex(step["salt"]), below + step["name"].encode())
        beside = [bytes.fromhex(digest) for digest in step["beside"]]
        preimage = b"\1" + b"".join(sorted((merkle.climbed(leaf, beside[:-1]), *beside[-1:])))
        below = merkle.climbed(leaf, beside)
    assert sha256(preimage).digest() == below
    forged["digest"], forged["proofs"]["file"] = below.hex(), []
    for path in ("", "index.html", "pricing/index.html"):
        with pytest.raises(ReceiptError):
            read_receipt(laid_out({**forged, "path": path}))


def made_up(**fields: str) -> bytes:
    """A receipt of a deployment that somebody made up, in which everything is proven."""
    said = {"path": "a/index.html", "headers": "00" * 32, "at": "2026-11-25T21:00:00+00:00", "previous": "", **fields}
    path = said.pop("path")
    files = {path: digest_of("page")}
    name = fields.get("release", named(release(files), said["headers"]))
    said.pop("release", None)
    parts = {field: digest_of(value) for field, value in said.items()} | {f"releases/{name}": digest_of(None)}
    proofs = {"file": proof(files, path), "release": proof(parts, f"releases/{name}")}
    proofs |= {field: proof(parts, field) for field in said}
    whole = {
        "about": ABOUT,
        "version": 1,
        "published": True,
        "path": path,
        "digest": digest_of("page"),
        "release": name,
        "deployment": release(parts)[:32],
        **said,
        "proofs": {field: [asdict(step) for step in steps] for field, steps in proofs.items()},
    }
    return laid_out(whole)


def test_one_can_be_made_up() -> None:
    """As nobody's signature is in it: its deployment is what to compare."""
    assert isinstance(read_receipt(made_up()), Receipt)
    assert isinstance(read_receipt(made_up(path="prä z/日本.html", previous="ab" * 16)), Receipt)


@pytest.mark.parametrize(
    "fields",
    [
        {"previous": "nothing: it was the first\n  deployment  c0ffee"},
        {"previous": "x\x1b[2A\r\x1b[2K"},
        {"previous": "AB" * 16},
        {"previous": "ab" * 16 + "\n"},
        {"previous": "ab" * 32},
        {"headers": "00" * 16},
        {"at": "2026-11-25"},
        {"at": "20261125T210000Z"},
        {"at": "2026-13-25T21:00:00+00:00"},
        {"at": "2026-11-25T21:00:00+00:00\n"},
        {"at": "٢٠٢٦-11-25T21:00:00+00:00"},
        {"path": "a\nb\x1b[2K.html"},
        {"path": "a\u202elmth.html"},
        {"path": "\ud800.html"},
        {"path": "\udcff.html"},
    ],
)
def test_a_field_of_another_form_is_refused_even_where_it_is_proven(fields: Mapping[str, str], tmp_path: Path) -> None:
    data = made_up(**fields)
    with pytest.raises(ReceiptError) as refused:
        read_receipt(data)
    assert refused.value.message.isprintable()
    (tmp_path / "odd.json").write_bytes(data)
    assert told(tmp_path / "odd.json")[0] == 1


@pytest.mark.parametrize("version", [True, 1.0, "1", 2, None])
def test_its_version_is_a_number(version: object) -> None:
    for whole in (json.loads(text()), json.loads(written(Unpublished(path="a.html", digest="00" * 32)))):
        with pytest.raises(ReceiptError):
            read_receipt(json.dumps({**whole, "version": version}).encode())


@pytest.mark.parametrize(("path", "digest"), [("a\nb", "00" * 32), ("\ud800", "00" * 32), ("a.html", "00")])
def test_nor_is_what_was_not_published_odd(path: str, digest: str) -> None:
    with pytest.raises(ReceiptError):
        read_receipt(written(Unpublished(path=path, digest=digest)))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"null", b'{"a": 1, "a": 1}', b"\xff", b"[" * 100_000, text().replace(b": ", b": 1", 1)]
)
def test_what_is_no_receipt_is_told_apart(data: bytes) -> None:
    with pytest.raises(ReceiptError):
        read_receipt(data)


def test_where_nothing_was_published_it_says_so() -> None:
    said = Unpublished(path="a/index.html", digest="00" * 32)
    assert read_receipt(written(said)) == said


@pytest.mark.parametrize(
    ("query", "path"),
    [
        (b"page=", ""),
        (b"page=a/b%20c/", "a/b c/"),
        (b"page=pr%C3%A4z/", "präz/"),
        (b"page=a/../b/", None),
        (b"page=%2e%2e/", None),
        (b"page=/a/", "a/"),
        (b"page=/", ""),
        (b"page=//a/", None),
        (b"page=a%2fb/", None),
        (b"page=a/&page=b/", "a/&page=b/"),
        (b"other=a/", None),
        (b"", None),
    ],
)
def test_the_page_is_asked_for_by_the_rule_of_paths(query: bytes, path: str | None) -> None:
    assert asked(query) == path


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("index.html", "home.receipt.json"),
        ("pricing/emea/index.html", "pricing-emea.receipt.json"),
        ('a"\r\nb/index.html', "a-b.receipt.json"),
        ("ü" * 300 + "/index.html", "home.receipt.json"),
        ("a" * 300 + "/index.html", f"{'a' * 80}.receipt.json"),
    ],
)
def test_files_have_plain_names(path: str, name: str) -> None:
    assert file_name(path) == name


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that shows `NEW`, and showed `OLD`."""
    made = directory(tmp_path / "store")
    put_live(made, site(tmp_path / "blobs", OLD))
    put_live(made, site(tmp_path / "blobs", NEW, "decade"), lambda: NOW + 60)
    return made


def saved(store: Store, folder: Path) -> Mapping[str, Path]:
    """A receipt of the prices of gold partners, and the page."""
    now = shown(store)
    assert now is not None
    files = manifests(store, now.deployment)("gold", now.deployment.portals["gold"].release)
    folder.mkdir()
    receipt, page = folder / "pricing.receipt.json", folder / "Prices.html"
    receipt.write_bytes(written(receipt_for(now.deployment, "gold", files, "pricing/index.html")))
    page.write_text(NEW["gold"]["pricing/index.html"])
    return {"receipt": receipt, "page": page}


def told(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(receipt_command, [str(one) for one in arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done.exit_code, done.output


def test_a_receipt_is_checked_without_the_store(store: Store, tmp_path: Path) -> None:
    files = saved(store, tmp_path / "saved")
    code, said = told(files["receipt"])
    assert code == 0
    assert "/pricing/" in said and "Prices.html is that page, byte for byte" in said and "--deployment ID" in said
    now = shown(store)
    assert now is not None
    assert told(files["receipt"], "--deployment", now.live.deployment)[0] == 0
    assert told(files["receipt"], "--deployment", now.live.before)[0] == 1
    code, said = told(files["receipt"], "--to", store.url)
    assert code == 0 and "until now" in said
    files["page"].write_text("other prices")
    assert "No file beside it" in told(files["receipt"])[1]
    assert told(files["receipt"], "--deployment", "")[0] == 1  # as of a variable that is not set
    assert told(files["receipt"], "--page", files["page"])[0] == 1
    files["receipt"].write_bytes(files["receipt"].read_bytes().replace(b"pricing", b"prices."))
    assert told(files["receipt"])[0] == 1


@pytest.mark.parametrize("broken", [b"", b" \n", b"[]", b"\xef\xbb\xbf{}", b"\xef\xbb\xbf", b"\xff\xfe{\0}\0", b"null"])
def test_a_broken_receipt_is_not_taken_for_a_page(broken: bytes, tmp_path: Path) -> None:
    (tmp_path / "pricing.receipt.json").write_bytes(broken)
    (tmp_path / "renamed.json").write_bytes(broken)
    for name in ("pricing.receipt.json", "renamed.json"):
        code, said = told(tmp_path / name, "--repo", tmp_path)
        assert code == 1
        assert "this is no receipt of prmbuild, or it was changed" in said


def test_a_page_is_looked_up_where_somebody_says(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<html>")
    with pytest.raises(StoreError, match="nobody says where to look a saved page up") as said:
        receipt_command.main([str(tmp_path / "page.html"), "--repo", str(tmp_path)], standalone_mode=False)
    assert "--to" in said.value.hint


def test_a_receipt_of_another_store_is_not_of_this_one(store: Store, tmp_path: Path) -> None:
    files = saved(store, tmp_path / "saved")
    other = directory(tmp_path / "other")
    put_live(other, site(tmp_path / "blobs", NEW, "other"))
    code, said = told(files["receipt"], "--to", other.url)
    assert code == 1 and "never was live" in said


def test_a_saved_page_is_looked_up_in_all_that_partners_saw(store: Store, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(OLD["gold"]["pricing/index.html"])
    code, said = told(page, "--to", store.url)
    assert code == 0 and "/pricing/ in portal gold" in said and "until now" not in said and "silver" not in said
    page.write_text(OLD["silver"]["pricing/index.html"])
    code, said = told(page, "--to", store.url)
    assert code == 0 and said.count("deployment ") == 2 and "until now" in said
    page.write_text("never published")
    code, said = told(page, "--to", store.url)
    assert code == 1 and "HTML only" in said


def test_where_a_turn_is_lost_no_receipt_says_that_partners_never_had_something(store: Store, tmp_path: Path) -> None:
    now = shown(store)
    assert now is not None
    first = recorded.deployment(store, now.live.before)
    files = manifests(store, first)("gold", first.portals["gold"].release)
    receipt, page = tmp_path / "old.receipt.json", tmp_path / "page.html"
    receipt.write_bytes(written(receipt_for(first, "gold", files, "pricing/index.html")))
    assert told(receipt, "--to", store.url)[0] == 0
    store.delete([turn_key(list(turns(store, now.live))[-1].id)])

    def refused(*arguments: str | Path) -> str:
        with pytest.raises(StoreError) as error:
            receipt_command.main([*map(str, arguments), "--to", store.url], standalone_mode=False)
        return error.value.message

    assert "the receipt holds, but whether" in refused(receipt)
    page.write_text(OLD["gold"]["pricing/index.html"])
    assert f"had them in deployment {first.id}, which may have been live" in refused(page)
    page.write_text("never published")
    assert "is not known: none is known that had them; turns are lost" in refused(page)
    page.write_text(NEW["gold"]["pricing/index.html"])
    assert told(page, "--to", store.url)[0] == 0
