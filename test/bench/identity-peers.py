"""Runs Splink and recordlinkage on the data of `npm run bench -- identity`, unsupervised, and prints one JSON line.

usage: identity-peers.py RECRUITING_CSV [FEBRL_FOLDER]
Their packages are installed by pip into .cache/identity-peers at the first call.
"""
import json
import os
import subprocess
import sys
import time
import venv

PACKAGES = ["splink==5.0.0", "recordlinkage==0.16", "pandas<3"]
HOME = os.path.join(os.getcwd(), ".cache", "identity-peers")
PYTHON = os.path.join(HOME, "bin", "python")

if os.path.realpath(sys.prefix) != os.path.realpath(HOME):
    if not os.path.exists(PYTHON):
        venv.create(HOME, with_pip=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", *PACKAGES], check=True, stdout=sys.stderr)
    sys.exit(subprocess.run([PYTHON, os.path.abspath(__file__), *sys.argv[1:]]).returncode)

import logging
import pandas as pd
import recordlinkage
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

logging.disable(logging.WARNING)
LITE = ["given_name", "surname", "suburb", "state", "postcode"]
NO_SSN = [*LITE, "street_number", "address_1", "address_2", "date_of_birth"]
FULL = [*NO_SSN, "soc_sec_id"]


def read(folder, name):
    frame = pd.read_csv(os.path.join(folder, name), dtype=str, skipinitialspace=True)
    frame.columns = [column.strip() for column in frame.columns]
    frame = frame.map(lambda value: value.strip() if isinstance(value, str) else value).replace("", None)
    frame["truth"] = frame["rec_id"].str.extract(r"rec-(\d+)")
    return frame


def f1(found, truth, wanted):
    hits = sum(1 for a, b in found if truth[a] == truth[b])
    return {
        "f1": 2 * hits / (len(found) + wanted) if found else 0.0,
        "precision": hits / len(found) if found else None,
        "recall": hits / wanted,
    }


def inside(clusters, truth, wanted, crosses):
    groups = {}
    for record, cluster in clusters:
        groups.setdefault(cluster, []).append(record)
    pairs = [(a, b) for group in groups.values() for i, a in enumerate(group) for b in group[i + 1 :] if crosses(a, b)]
    return f1(pairs, truth, wanted)


def wanted_pairs(truth, crosses):
    people = {}
    for record, person in truth.items():
        people.setdefault(person, []).append(record)
    return sum(1 for group in people.values() for i, a in enumerate(group) for b in group[i + 1 :] if crosses(a, b))


def comparisons(fields):
    made = {
        "given_name": cl.NameComparison("given_name"),
        "surname": cl.NameComparison("surname"),
        "first_name": cl.NameComparison("first_name"),
        "last_name": cl.NameComparison("last_name"),
        "suburb": cl.JaroWinklerAtThresholds("suburb", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        "postcode": cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
        "postal_code": cl.DamerauLevenshteinAtThresholds("postal_code", [1]),
        "state": cl.ExactMatch("state").configure(term_frequency_adjustments=True),
        "street_number": cl.LevenshteinAtThresholds("street_number", 1),
        "address_1": cl.JaroWinklerAtThresholds("address_1", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        "address_2": cl.JaroWinklerAtThresholds("address_2", [0.92, 0.8]).configure(term_frequency_adjustments=True),
        "street": cl.JaroWinklerAtThresholds("street", [0.92, 0.8]),
        "date_of_birth": cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
        "birth_date": cl.DamerauLevenshteinAtThresholds("birth_date", [1, 2]),
        "soc_sec_id": cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        "email": cl.EmailComparison("email"),
        "phone": cl.DamerauLevenshteinAtThresholds("phone", [1]),
        "city": cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        "employer": cl.ExactMatch("employer").configure(term_frequency_adjustments=True),
        "profile": cl.ExactMatch("profile"),
    }
    return [made[field] for field in fields]


def run_splink(frames, fields, blocking, training, rules, crosses, truth, id_column):
    started = time.time()
    settings = SettingsCreator(
        link_type="link_only" if len(frames) > 1 else "dedupe_only",
        unique_id_column_name=id_column,
        comparisons=comparisons(fields),
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in blocking],
        max_iterations=20,
    )
    api = DuckDBAPI()
    linker = Linker([api.register(frame) for frame in frames], settings)
    linker.training.estimate_probability_two_random_records_match([block_on(*rule) for rule in rules], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in training:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
    predicted = linker.inference.predict(threshold_match_probability=0.01)
    frame = predicted.as_pandas_dataframe()
    left, right = f"{id_column}_l", f"{id_column}_r"
    likely = frame[frame["match_probability"] >= 0.5]
    wanted = wanted_pairs(truth, crosses)
    answer = {"pair": f1(list(zip(likely[left], likely[right])), truth, wanted)}
    for threshold in (0.95, 0.5):
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predicted, threshold).as_pandas_dataframe()
        answer[f"clustered at {threshold}"] = inside(list(zip(clusters[id_column], clusters["cluster_id"])), truth, wanted, crosses)
    answer["seconds"] = round(time.time() - started, 2)
    return answer


FEBRL_BLOCKING = [["given_name", "surname"], ["given_name", "postcode"], ["surname", "postcode"], ["given_name", "suburb"], ["surname", "suburb"], ["suburb", "postcode"], ["substr(given_name,1,3)", "substr(surname,1,3)"], ["surname", "state", "substr(given_name,1,1)"], ["given_name", "state", "substr(surname,1,1)"], ["postcode", "substr(suburb,1,3)"], ["postcode", "substr(given_name,1,1)", "substr(surname,1,1)"]]


def febrl_profile(folder, names, fields):
    frames = [read(folder, name) for name in names]
    for frame in frames:
        frame.drop(columns=[column for column in frame if column not in [*fields, "rec_id", "truth"]], inplace=True)
    truth = {record: person for frame in frames for record, person in zip(frame["rec_id"], frame["truth"])}
    file_of = {record: at for at, frame in enumerate(frames) for record in frame["rec_id"]}
    crosses = (lambda a, b: file_of[a] != file_of[b]) if len(frames) > 1 else (lambda a, b: True)
    extra = [["date_of_birth"]] if "date_of_birth" in fields else []
    extra += [["soc_sec_id"]] if "soc_sec_id" in fields else []
    training = [["given_name", "surname"], ["suburb", "postcode"]]
    rules = [["given_name", "surname", "postcode"], ["given_name", "surname", "suburb"]]
    splink = run_splink(frames, fields, [*FEBRL_BLOCKING, *extra], training, rules, crosses, truth, "rec_id")
    return {"splink": splink, "recordlinkage": run_recordlinkage(frames, fields, truth, crosses)}


def run_recordlinkage(frames, fields, truth, crosses):
    started = time.time()
    frames = [frame.set_index("rec_id") for frame in frames]
    indexer = recordlinkage.Index()
    for column in [name for name in ("given_name", "surname", "postcode", "suburb", "date_of_birth") if name in fields]:
        indexer.block(column)
    pairs = indexer.index(*frames)
    compare = recordlinkage.Compare()
    for field in fields:
        if field in ("state", "street_number", "date_of_birth", "soc_sec_id"):
            compare.exact(field, field)
        else:
            compare.string(field, field, method="jarowinkler", threshold=0.85)
    vectors = compare.compute(pairs, *frames)
    found = recordlinkage.ECMClassifier().fit_predict(vectors)
    answer = f1([tuple(pair) for pair in found], truth, wanted_pairs(truth, crosses))
    return {"pair": answer, "candidatePairs": len(pairs), "seconds": round(time.time() - started, 2)}


def recruiting(path):
    frame = pd.read_csv(path, dtype=str)
    frame = frame.where(frame.notna(), None)
    truth = dict(zip(frame["record_id"], frame["person_id"]))
    frame = frame.drop(columns=["person_id", "trap", "source"])
    fields = ["first_name", "last_name", "email", "phone", "birth_date", "street", "city", "postal_code", "employer", "profile"]
    blocking = [["email"], ["phone"], ["profile"], ["first_name", "last_name"], ["last_name", "city"], ["last_name", "employer"], ["street", "postal_code"]]
    training = [["email"], ["phone"], ["first_name", "last_name"]]
    rules = [["email", "last_name"], ["phone", "last_name"], ["profile"]]
    return {"splink": run_splink([frame], fields, blocking, training, rules, lambda a, b: True, truth, "record_id")}


answers = {"recruiting": recruiting(sys.argv[1])}
if len(sys.argv) > 2:
    four, three, two = ["dataset4a.csv", "dataset4b.csv"], ["dataset3.csv"], ["dataset2.csv"]
    for name, files, fields in [
        ("FEBRL4 full", four, FULL),
        ("FEBRL4 no SSN", four, NO_SSN),
        ("FEBRL4 lite", four, LITE),
        ("FEBRL3 full", three, FULL),
        ("FEBRL3 no SSN", three, NO_SSN),
        ("FEBRL3 lite", three, LITE),
        ("FEBRL2 no SSN", two, NO_SSN),
    ]:
        answers[name] = febrl_profile(sys.argv[2], files, fields)
        print(name, json.dumps(answers[name]), file=sys.stderr)
print(json.dumps(answers))
