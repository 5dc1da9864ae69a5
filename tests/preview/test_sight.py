"""A preview shows what a build would, to the byte, and nothing that its viewer may not see."""

from msgspec.structs import replace

from prmbuild.desired import consider, read_authored
from prmbuild.preview.asked import asked
from prmbuild.preview.sight import ahead, page_alone, unseen, whole_portal
from prmbuild.progress import Silence
from prmbuild.source.git import opened
from tests.conftest import Repo, page


def viewer_of(programme: object, partner: str, role: str = "sales") -> object:
    return next(one for one in programme.viewers() if (one.partner, one.role) == (partner, role))


def test_one_viewers_portal_is_that_of_the_whole_build(programme: Repo) -> None:
    built = programme.render()
    with opened(programme.path) as repository:
        request = programme.request()
        authored = read_authored(repository, request)
        for tree in built.trees:
            for viewer in tree.portal.viewers:
                _, alone = whole_portal(authored, request, viewer, Silence())
                assert alone.trees[0].release == tree.release
                assert dict(alone.trees[0].files) == dict(tree.files)


def test_a_page_alone_has_the_bytes_it_has_in_its_portal(programme: Repo) -> None:
    built = programme.render()
    tree = next(tree for tree in built.trees if tree.portal.viewers[0].partner == "arbor")
    with opened(programme.path) as repository:
        request = programme.request()
        authored = read_authored(repository, request)
        viewer = viewer_of(authored.programme, "arbor")
        for path in ("content/start.md", "content/robot.md"):
            place = asked(path, authored.snapshot, None, "")
            state = consider(authored, request, Silence(), (viewer,))
            alone = page_alone(authored, state, request, place, viewer, Silence())
            assert alone is not None
            files = dict(alone.trees[0].files)
            assert files[place.file] == tree.files[place.file]
            assert (b'<img width="4" height="5"' in alone.blobs[files[place.file]]) == (path == "content/robot.md")
            assert files.items() <= dict(tree.files).items()
            assert ("robot.svg" in files) == (path == "content/robot.md")


def test_a_draft_is_shown_as_if_it_were_approved_and_only_the_draft_asked_for(programme: Repo) -> None:
    programme.commit({"content/robot.md": page("The robot", "A draft of it.", status="draft")})
    programme.commit({"content/other.md": page("Another draft", status="draft")})
    with opened(programme.path) as repository:
        strict = programme.request()
        authored = read_authored(repository, strict)
        viewer = viewer_of(authored.programme, "arbor")
        place = asked("content/robot.md", authored.snapshot, None, "")
        request = replace(strict, assumed=place.assumed(authored.snapshot))
        state, built = whole_portal(authored, request, viewer, Silence())
        (tree,) = built.trees
        assert b"A draft of it." in built.blobs[tree.files["robot/index.html"]]
        assert "other/index.html" not in tree.files
        shown = ahead(state, place)
        assert shown is not None and (shown.status, shown.instead) == ("draft", "the version of 2026-09-01")
        state, built = whole_portal(authored, strict, viewer, Silence())
        assert b"A draft of it." not in built.blobs[built.trees[0].files["robot/index.html"]]
        assert ahead(state, place) is None


def test_assuming_a_draft_approved_widens_nothing(programme: Repo) -> None:
    programme.commit({"content/internal/margins.md": page("Margin model", "Seventeen.", status="draft")})
    with opened(programme.path) as repository:
        request = programme.request()
        authored = read_authored(repository, request)
        viewer = viewer_of(authored.programme, "nordwind")
        place = asked("content/internal/margins.md", authored.snapshot, None, "")
        request = replace(request, assumed=place.assumed(authored.snapshot))
        state, built = whole_portal(authored, request, viewer, Silence())
        assert "internal/margins/index.html" not in built.trees[0].files
        assert "wall" in " ".join(unseen(state, place, viewer))


def test_a_retired_page_stays_retired_in_a_preview(programme: Repo) -> None:
    programme.commit({"content/robot.md": page("The robot", status="retired")})
    with opened(programme.path) as repository:
        request = programme.request()
        authored = read_authored(repository, request)
        viewer = viewer_of(authored.programme, "nordwind")
        place = asked("content/robot.md", authored.snapshot, None, "")
        request = replace(request, assumed=place.assumed(authored.snapshot))
        state = consider(authored, request, Silence(), (viewer,))
        assert "it was retired" in " ".join(unseen(state, place, viewer))
