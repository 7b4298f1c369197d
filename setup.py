"""What the wheel puts where; everything else about the package stands in pyproject.toml.

`lab`, `main`, `models`, `resources` and `widgets` are names that many a project uses. So that they lie in nobody's way in
site-packages, the wheel has them in the folder `learnscope/_house`, which `learnscope` puts on the path of its own process.
"""

from setuptools import find_namespace_packages, setup

ROOMS = ("lab", "models", "resources", "widgets")
BENEATH = "learnscope._house"

setup(
    packages=[
        *find_namespace_packages(include=["learnscope", "learnscope.*"]),
        *(f"{BENEATH}.{name}" for room in ROOMS for name in find_namespace_packages(include=[room, f"{room}.*"])),
    ],
    package_dir={BENEATH: ".", **{f"{BENEATH}.{room}": room for room in ROOMS}},
    py_modules=[f"{BENEATH}.main"],
)
