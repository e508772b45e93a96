"""Every file that names the version names CMakeLists.txt's, and tools/set_version.py raises all of them."""

import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import set_version  # noqa: E402


def names(root):
    return [match[2] for path in set_version.files(root) for match in set_version.PLACE.finditer(path.read_text())]


class VersionTest(unittest.TestCase):
    def test_files_and_changelog_name_one_version(self):
        self.assertEqual(set_version.stale(ROOT), [])
        # Those of CMake, chart, compose file, Dockerfile and guides are found at all.
        self.assertGreater(len(names(ROOT)), 15)

    def test_a_version_is_set_wherever_it_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            for path in [*set_version.files(ROOT), ROOT / "CHANGELOG.md"]:
                (copy / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copy / path.relative_to(ROOT))
            before = set_version.current(copy)
            set_version.set_version(copy, "98.7.6")
            self.assertEqual(set(names(copy)), {"98.7.6"})
            self.assertEqual(set_version.stale(copy), [f"CHANGELOG.md begins with version {before}."])

    def test_a_file_that_was_left_behind_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            (copy / "docker").mkdir()
            (copy / "CMakeLists.txt").write_text("project(hir VERSION 1.2.3 LANGUAGES C)\n")
            (copy / "CHANGELOG.md").write_text("# Changes\n\n## 1.2.3\n")
            (copy / "docker/Dockerfile").write_text("ARG VERSION=1.2.2\n")
            self.assertEqual(set_version.stale(copy), ["docker/Dockerfile names version 1.2.2 in 'ARG VERSION=1.2.2'."])


if __name__ == "__main__":
    unittest.main()
