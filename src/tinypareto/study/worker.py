"""What a search evaluates, and who does it; nothing here touches the study or the folder."""

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass

from tinypareto.config import RunConfig
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import Selection, selection_folds
from tinypareto.errors import TrialError
from tinypareto.evaluation.cost_model import Predictor
from tinypareto.evaluation.evaluator import DETAILS, Evaluation, Evaluator, Fitted
from tinypareto.evaluation.fit_cost_model import calibrated
from tinypareto.evaluation.linked_program import Linker
from tinypareto.evaluation.measurement import Measurement
from tinypareto.nets.custom import check_importable
from tinypareto.resources import Resources
from tinypareto.results.measurement_file import with_manifest
from tinypareto.results.model_file import FILE as MODEL
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.space import Space, build_space
from tinypareto.study.identity import (
    check_identity,
    fingerprint,
    identity_of,
    read_identity,
    write_identity,
)
from tinypareto.study.make_sampler import make_sampler
from tinypareto.study.reuse import (
    Fingerprint,
    find_reusable,
    machine_fingerprint,
    training_fingerprint,
)
from tinypareto.study.storage import Storage
from tinypareto.study.study import SCORES, Study
from tinypareto.study.training_key import training_key
from tinypareto.threads import threads
from tinypareto.training.early_stopping import HopelessError, Prospects


@dataclass(frozen=True)
class Task:
    """What all workers of a search share; nothing here touches the result folder.

    Attributes:
        config: Resolved.
        dataset: The data.
        selection: The part of it that steers the search.
        predictor: Of resources.
        space: Of candidates.
        linker: Measures linked programs, where the search is for a board.
        made_of: What decides the results of training, but for the machine.
    """

    config: RunConfig
    dataset: Dataset
    selection: Selection
    predictor: Predictor
    space: Space
    linker: Linker | None
    made_of: Fingerprint

    @classmethod
    def of(cls, config: RunConfig, dataset: Dataset) -> "Task":
        """Check everything that can be checked before a search.

        Raises:
            InputError: The data, the network, the space or the sampler cannot be used.
            ToolchainError: The search is for a board, and a tool is missing.
        """
        if (config.workers > 1 or config.ray) and ":" in config.net:
            check_importable(config.net)
        selection = selection_folds(dataset, config.select_on, config.seed)
        shape, classes = dataset.input_shape, len(dataset.class_names)
        predictor = Predictor.of(config.net, config.net_options, shape, classes, config.limits)
        linker = None
        if config.board is not None:
            linker = Linker.of(config.net, config.net_options, dataset, config.board)
            predictor = calibrated(predictor, linker, config.timed)
            config = config.model_copy(update={"latency": predictor.limits.latency_ms})
        space = build_space(config.preset, predictor.layers, config.space)
        # A sampler may need a package that is not installed.
        make_sampler(config.sampler, config.seed, space, predictor, config.objectives)
        start = space.middle.settings if config.warm_start else None
        origin = training_fingerprint(config, fingerprint(dataset), selection, start)
        return cls(config, dataset, selection, predictor, space, linker, origin)

    def study(self, storage: Storage, *, join: bool = False) -> Study:
        """Open the search's study, or make it.

        Args:
            storage: Where it is.
            join: Only take part: leave what the study says of itself.

        Raises:
            ResultFolderError: The storage holds another search's study.
            StorageError: The database cannot be used.
        """
        config = self.config
        mine, theirs = identity_of(config, self.made_of["data"]), read_identity(storage)
        if theirs is not None:
            check_identity(storage.location, theirs, mine)
        goals = config.objectives
        sampler = make_sampler(config.sampler, config.seed, self.space, self.predictor, goals)
        study = Study(storage, sampler, self.space, config.limits, goals)
        if theirs != mine and not join:
            write_identity(storage, mine)
        return study

    def job(self, number: int, candidate: Candidate) -> "Job":
        """What is to be evaluated."""
        return Job(number, candidate, self.predictor.channels(candidate.sparsities))

    def resolved(self, candidate: Candidate) -> Hashable:
        """What decides how it is trained."""
        return training_key(candidate, self.predictor.plan.widths)

    def resources(self, job: "Job") -> Resources:
        """What its network needs of the chip, before training."""
        return (self.linker or self.predictor).resources(job.channels)


@dataclass(frozen=True)
class Job:
    """A candidate to evaluate.

    Attributes:
        number: Of its trial.
        candidate: What to train.
        channels: Filters that its sparsities leave, by prunable layer.
        prospects: Where it is to be stopped if it is hopeless.
    """

    number: int
    candidate: Candidate
    channels: Mapping[str, int]
    prospects: Prospects | None = None


@dataclass(frozen=True)
class Trained:
    """A measured candidate, the files of its trial by path, and its accuracy by checkpoint."""

    measurement: Measurement
    files: dict[str, bytes]
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Stopped:
    """Why a candidate was given up, and its accuracy by checkpoint."""

    end: HopelessError
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Failed:
    """Why a candidate could not be evaluated, in one line."""

    cause: str


Result = Trained | Stopped | Failed


class Worker:
    """Evaluates candidates; knows neither the study nor the result folder."""

    def __init__(self, task: Task) -> None:
        self._task = task
        config = task.config
        self._evaluator = Evaluator(
            task.dataset,
            task.selection,
            config.net,
            config.net_options,
            config.seed,
            task.linker,
            task.made_of["warm_start"],
        )

    @property
    def _made_of(self) -> Fingerprint:
        return {**self._task.made_of, **machine_fingerprint()}

    def evaluate(self, job: Job) -> Result:
        """Train, measure and write C; the same job gives the same network anywhere."""
        prospects = job.prospects or Prospects(-1.0, ())
        try:
            with threads(self._task.config.threads):
                fitted = self._reused(job)
                made = self._evaluator.evaluate(
                    job.candidate, job.channels, job.number, job.prospects, fitted
                )
                files = self._files(job, made, prospects.scores)
                return Trained(made.measurement, files, prospects.scores)
        except HopelessError as end:
            return Stopped(end, prospects.scores)
        except (TrialError, MemoryError, RuntimeError) as error:
            # Torch reports an exhausted memory as a RuntimeError.
            return Failed(" ".join(f"{type(error).__name__}: {error}".split()))

    def _reused(self, job: Job) -> Fitted | None:
        """What training gave in an earlier search; with early stopping, unless it stops here.

        Raises:
            HopelessError: It does.
        """
        folders, which = self._task.config.reuse, (job.number, job.candidate, job.channels)
        if not folders or (earlier := find_reusable(folders, *which, self._made_of)) is None:
            return None
        record = earlier.record
        if job.prospects is not None:
            if not record.accuracy_by_checkpoint:
                return None
            for checkpoint, score in record.accuracy_by_checkpoint.items():
                job.prospects.check(checkpoint, score)
            if self._task.selection.kind == "kfold":
                job.prospects.settle(record.accuracy_search)
        return Fitted(
            earlier.network,
            record.history,
            record.accuracy_search,
            record.accuracy_float,
            str(earlier.folder),
        )

    def _files(self, job: Job, made: Evaluation, scores: Mapping[str, float]) -> dict[str, bytes]:
        m = made.measurement
        accuracies = f"int8 {m.accuracy:.4f}, float {m.accuracy_float:.4f}"
        notes = (f"Trial {m.number}; top-1 accuracy on the test split: {accuracies}.",)
        sources = made.network.c_files(self._task.dataset.name, notes)
        files = {MODEL: made.network.to_bytes(), DETAILS: made.details().encode()}
        files |= {f"c/{name}": text.encode() for name, text in sources.items()}
        record = {**asdict(job.candidate), **asdict(m), SCORES: scores, "made_of": self._made_of}
        return with_manifest(record, files)
