"""Sections on the defenses: double masking, its certificates, and the detector."""

from __future__ import annotations

from training.measure.subject import VARIANTS
from training.report.cells import HEAD, Section, by_pack, cells, number, share


def defended(packs: dict) -> Section:
    """Double masking under attack."""

    def lines(pack: dict):
        for row in pack["defended"]["rows"]:
            how = "transfer and adaptive" if row["adaptive"] else "transfer"
            yield [
                VARIANTS[row["variant"]], f"{row['area']:.1%}", how, number(row["certified"]["balanced_accuracy"]), *cells(row["attacked"]),
                number(row["clean"]["balanced_accuracy"]),
            ]  # fmt: skip

    head = ["network", "area", "attacks", "certified", *HEAD, "clean"]
    return Section(
        "Patches against the whole defense",
        "PatchCleanser's double masking with three masks per axis, made for the area of the attack. Transfer: the patches made against "
        "the network alone. Adaptive: the patch sits under the mask whose views are weakest, and is made so that all other views agree "
        "on the attacker's class; answers that all views share cannot be changed by any patch and are not attacked again.",
        [by_pack(packs, "Balanced accuracy, worst case per image", head, lines)],
    )


def reported(packs: dict) -> Section:
    """The answer to the picture, and the one that the camera reports."""

    def lines(pack: dict):
        found = pack["reported"]
        for what, row in (("clean", found), *((f"patches of {r['area']:.1%}, transferred", r) for r in found["patched"])):
            yield from (
                [what, name, str(row[key]["images"]), *cells(row[key])]
                for key, name in (("plain", "the picture's"), ("reported", "reported"))
            )

    return Section(
        "What the camera reports",
        "Behind the smoothing, where masked views differ, the camera reports the safer of the picture's answer and double masking's: none "
        "before incorrect before correct. So a mask that hides a nose changes no label by itself. A patch has to turn both answers to pass "
        "for correct; for none, one is enough. Patches: those made against the smoothed network, worst of the three aims. None was made "
        "against this rule.",
        [by_pack(packs, "Balanced accuracy", ["images shown", "answer", "images", *HEAD], lines)],
    )


def certified(packs: dict) -> Section:
    """Recovery and detection by masks, area and tau."""

    def never(pack: dict):
        for row in pack["certified"]["rows"]:
            found = row.get("never_correct")  # of a report of before there is none
            if found:
                shares = [number(found["recall"][c], found["recall_interval95"][c]) for c in found["recall"]]
                yield [*_masks(row), f"{row['split']} ({row['recovery']['images']})", *shares]

    def recovery(pack: dict):
        for row in pack["certified"]["rows"]:
            found, masked = row["recovery"], row["clean"]["balanced_accuracy"]
            yield [
                *_masks(row), f"{row['split']} ({found['images']})", number(found["accuracy"], found["accuracy_interval95"]),
                *cells(found), number(masked), str(row["passes"]["mean"]),
            ]  # fmt: skip

    def detection(pack: dict):
        for row in pack["certified"]["rows"]:
            for found in row["detection"]:
                sure = found["certified"]
                yield [
                    *_masks(row), f"{found['tau']:g}", number(sure["accuracy"], sure["accuracy_interval95"]),
                    *cells(sure), share(found["false_alarms"]),
                ]  # fmt: skip

    return Section(
        "Certified against patches",
        "Never correct: the share of clean images that no square patch of the area can make correct, whichever other label it gives them. "
        "PatchCleanser: the share of clean images whose right answer no square patch of the area can change (recovery), or change without "
        "an alarm (detection: some masked view disagrees with a confidence above tau). Masks are put on model-input pixels, before any "
        "smoothing. none → correct is an upper bound: unmasked faces for which the clean views do not exclude it. Six masks per axis need "
        "667 passes an image, so those rows are of half of the stratified sample.",
        [
            by_pack(packs, "Never correct", ["network", "k", "area", "images", "bare faces", "masks worn wrongly"], never),
            by_pack(packs, "Recovery", ["network", "k", "area", "images", "all images", *HEAD, "clean, masking on", "passes"], recovery),
            by_pack(packs, "Detection", ["network", "k", "area", "tau", "all images", *HEAD, "alarms on clean"], detection),
        ],
    )


def _masks(row: dict) -> list[str]:
    return [VARIANTS[row["variant"]], str(row["masks_per_axis"]), f"{row['area']:.1%}"]


def detector(packs: dict) -> Section:
    """False alarms, detection, and alarms per camera-day."""

    def lines(pack: dict):
        found = pack["detector"]
        for row in found["legitimate"]:
            yield ["legitimate images (false alarms)", f"{row['aimed_rate']:.0%}", share(row["test"])]
        for attack in found["static"]:
            name = f"{attack['attack']}, {attack['eps255']}/255: flagged"
            yield from ([name, f"{d['aimed_rate']:.0%}", share(d)] for d in attack["detected"])

    def adaptive(pack: dict):
        for row in pack["detector"]["adaptive"]:
            yield [f"{row['eps255']}/255", share(row["wrong"]), share(row["wrong_and_silent"]), share(row["detected"])]

    def alarms(pack: dict):
        found = pack["detector"]["alarms_per_camera_day"]
        yield ["1, no vote", f"{found['without_vote']:,}", ""]
        for row in found["rows"]:
            low, high = row["interval95"]
            yield [f"{row['votes']} of {found['frames_per_person']}", f"{row['alarms']:,.1f}", f"{low:,.0f} to {high:,.0f}"]

    found = next(iter(packs.values()))["detector"]
    return Section(
        "Feature-squeezing detector",
        f"{found['bits']} bits and a 3x3 median; the threshold is the order statistic of val for a stated rate of false alarms. An attack "
        "counts where it changed a right answer. Brackets: Clopper-Pearson. Alarms per camera-day: one face a second, ten frames a "
        "person, frames of a person drawn from the pictures of one group.",
        [
            by_pack(packs, "Attacks that do not know of it", ["images", "rate aimed at on val", "on test"], lines),
            by_pack(packs, "Attacks that avoid it", ["radius", "answer wrong", "wrong and not flagged", "flagged of the wrong"], adaptive),
            by_pack(packs, "False alarms per camera-day", ["flagged frames needed", "alarms", "95 %"], alarms),
        ],
    )
