"""Evaluation of candidates by the workers of a search, without its study and result folder."""

from collections.abc import Hashable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from numpy.linalg import LinAlgError

from tinypareto.config import RunConfig
from tinypareto.data.dataset import Dataset
from tinypareto.data.split import Selection, selection_folds
from tinypareto.data.summary import Summary, summarize
from tinypareto.errors import ConfigError, TrialError
from tinypareto.evaluation.evaluator import DETAILS, Evaluation, Evaluator, Fitted
from tinypareto.evaluation.fit_cost_model import fit_structures
from tinypareto.evaluation.linked_program import LinkedProgramProfiler
from tinypareto.evaluation.measurement import Measurement
from tinypareto.evaluation.search_cases import SearchCases
from tinypareto.evaluation.structures import Structures, searched_structures
from tinypareto.nets.custom import check_importable
from tinypareto.nets.spec import NetSpec
from tinypareto.resources import Limits, Resources
from tinypareto.results.listed import LeastScore
from tinypareto.results.measurement_file import with_manifest
from tinypareto.results.model_file import FILE as MODEL
from tinypareto.search_space.candidate import Candidate
from tinypareto.search_space.presets import PREFIX
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
from tinypareto.study.study import Study
from tinypareto.study.training_key import training_key
from tinypareto.threads import threads
from tinypareto.training.early_stopping import EarlyStopping, TrialStopped
from tinypareto.units import format_bytes, format_flops

MOST_REPEATS = 3
"""Further trainings of one candidate after the last trial."""


@dataclass(frozen=True)
class SearchContext:
    """Everything that the workers of a search share; independent of study and result folder.

    Attributes:
        config: The resolved configuration.
        dataset: The data.
        selection: The part of the data that steers the search.
        structures: The unpruned networks, and the resources of all their prunings.
        space: Space of candidates.
        profiler: Measures linked programs if the search is for a board.
        made_of: Everything that affects the results of training, except the machine.
    """

    config: RunConfig
    dataset: Dataset
    selection: Selection
    structures: Structures
    space: Space
    profiler: LinkedProgramProfiler | None
    made_of: Fingerprint

    @property
    def net(self) -> str:
        """Name of the network, that of the family if only one suits the data."""
        families = list(self.structures.families)
        return families[0] if len(families) == 1 else self.config.net

    @cached_property
    def summary(self) -> Summary:
        """Description of the data as it was read."""
        return summarize(self.dataset, self.selection)

    @cached_property
    def search_cases(self) -> tuple[SearchCases, ...]:
        """The cases that steer the search, and those of further trainings of the best."""
        dataset, selection = self.dataset, self.selection
        again = (selection.again(dataset, self.config.seed, n + 1) for n in range(MOST_REPEATS))
        return tuple(SearchCases.of(dataset, one) for one in (selection, *again))

    @cached_property
    def least_score(self) -> LeastScore:
        """Bounds on the search score of a listed network."""
        dataset, targets = self.dataset, self.search_cases[0].targets
        constant = dataset.learning_task.constant(dataset.y_train, targets)
        return LeastScore(self.config.min_accuracy, constant)

    @classmethod
    def from_config(cls, config: RunConfig, dataset: Dataset) -> "SearchContext":
        """Check everything that can be checked before a search.

        Raises:
            InputError: The data, the network, the space or the sampler cannot be used, or no
                network of the space keeps the limits.
            ToolchainError: The search is for a board, and a tool is missing.
        """
        if config.metric != RunConfig.model_fields["metric"].default:
            dataset = dataset.steered_by(config.metric)
        if (config.workers > 1 or config.ray) and ":" in config.net:
            check_importable(config.net)
        selection = selection_folds(dataset, config.select_on, config.seed)
        structures = searched_structures(
            config.net,
            config.net_options,
            config.space,
            config.limits,
            dataset.input_shape,
            dataset.outputs,
        )
        profiler = None
        if config.board is not None:
            profiler = LinkedProgramProfiler.for_board(dataset, config.board)
            structures = fit_structures(structures, profiler, config.timed)
            config = config.model_copy(update={"latency": structures.limits.latency_ms})
        space = build_space(
            config.preset,
            structures.layers,
            config.space,
            structures.parameters,
            structures.trained,
        )
        _refuse_unreachable(config.limits, space, structures)
        # A sampler may need a package that is not installed.
        make_sampler(config.sampler, config.seed, space, structures, config.objectives)
        start = space.middle_settings if config.warm_start else None
        origin = training_fingerprint(config, fingerprint(dataset), selection, start)
        return cls(config, dataset, selection, structures, space, profiler, origin)

    def with_trials(self, trials: int) -> "SearchContext":
        """The same search with another number of trials, for one that ends early."""
        return replace(self, config=self.config.model_copy(update={"trials": trials}))

    def study(self, storage: Storage, *, join: bool = False) -> Study:
        """Open the search's study, or create it.

        Args:
            storage: Database of the study.
            join: Only take part: leave the identity that the study has.

        Raises:
            ResultFolderError: The storage holds another search's study.
            StorageError: The database cannot be used.
        """
        config = self.config
        expected, stored = identity_of(config, self.made_of["data"]), read_identity(storage)
        if stored is not None:
            check_identity(storage.location, stored, expected)
        goals = config.objectives
        sampler = make_sampler(config.sampler, config.seed, self.space, self.structures, goals)
        task = self.dataset.learning_task
        study = Study(storage, sampler, self.space, config.limits, goals, task)
        if stored != expected and not join:
            write_identity(storage, expected)
        return study

    def job(self, number: int, candidate: Candidate) -> "Job":
        """The job that evaluates a candidate."""
        structures = self.structures
        return Job(number, candidate, structures.spec(candidate), structures.channels(candidate))

    def training_key(self, candidate: Candidate) -> Hashable:
        """Equal for candidates that are trained alike; see `training_key`."""
        return training_key(candidate, self.structures.model(candidate).plan.widths)

    def resources(self, job: "Job") -> Resources:
        """Resources of the job's network, before training."""
        if self.profiler is not None:
            return self.profiler.resources(job.spec, job.channels)
        return self.structures.model(job.candidate).resources(job.channels)


def _refuse_unreachable(limits: Limits, space: Space, structures: Structures) -> None:
    """Refuse limits that no network of the space keeps.

    Raises:
        ConfigError: Even the smallest network exceeds a limit.
    """
    highest = {
        p.name.removeprefix(PREFIX): p.high for p in space.parameters if p.name.startswith(PREFIX)
    }
    middle = structures.model(space.middle)
    if limits.allow(middle.resources(middle.channels(highest))):
        return
    least = structures.least(highest)
    needs = {
        "rom": (least.rom_bytes, limits.rom_bytes, format_bytes),
        "ram": (least.ram_bytes, limits.ram_bytes, format_bytes),
        "flops": (least.flops, limits.flops, format_flops),
    }
    for key, (needed, limit, text) in needs.items():
        if needed > limit:
            raise ConfigError(
                f"{key}: got {text(limit)} but the smallest network of the space needs "
                f"{text(needed)} ({needed}); raise the limit, or take a smaller net"
            )


@dataclass(frozen=True)
class Job:
    """A candidate to evaluate.

    Attributes:
        number: Number of the trial.
        candidate: Settings and sparsities to train with.
        spec: The unpruned network.
        channels: Filters that the sparsities leave, by prunable layer.
        early_stopping: Early-stopping rule; None to always train to the end.
        repeat: Number of a further training, from 1; 0 for the trial itself.
    """

    number: int
    candidate: Candidate
    spec: NetSpec
    channels: Mapping[str, int]
    early_stopping: EarlyStopping | None = None
    repeat: int = 0


@dataclass(frozen=True)
class Repeated:
    """Answers of a further training; empty if it failed."""

    answers: str


@dataclass(frozen=True)
class Trained:
    """A measured candidate, the files of its trial by path, and its scores by checkpoint."""

    measurement: Measurement
    files: dict[str, bytes]
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Stopped:
    """The reason why a trial was stopped early, and its scores by checkpoint."""

    end: TrialStopped
    scores: Mapping[str, float]


@dataclass(frozen=True)
class Failed:
    """The reason why a candidate could not be evaluated, in one line."""

    cause: str


Result = Trained | Stopped | Failed | Repeated


class Worker:
    """Evaluates candidates, without access to the study or the result folder."""

    def __init__(self, context: SearchContext) -> None:
        self._context = context
        self._evaluator = Evaluator(
            context.dataset,
            context.selection,
            context.config.seed,
            context.profiler,
            context.made_of["warm_start"],
        )

    @property
    def _made_of(self) -> Fingerprint:
        return {**self._context.made_of, **machine_fingerprint()}

    def evaluate(self, job: Job) -> Result:
        """Train, measure and write C; the same job gives the same network anywhere."""
        scores = job.early_stopping.scores if job.early_stopping else {}
        try:
            with threads(self._context.config.threads):
                if job.repeat:
                    again = job.spec, job.candidate, job.channels, job.number, job.repeat
                    return Repeated(self._evaluator.answers_again(*again) or "")
                fitted = self._reused(job)
                evaluation = self._evaluator.evaluate(
                    job.spec, job.candidate, job.channels, job.number, job.early_stopping, fitted
                )
                files = self._files(job, evaluation, scores)
                return Trained(evaluation.measurement, files, scores)
        except TrialStopped as end:
            return Stopped(end, scores)
        except (TrialError, MemoryError, RuntimeError, LinAlgError) as error:
            # Torch reports an exhausted memory as a RuntimeError.
            return Failed(" ".join(f"{type(error).__name__}: {error}".split()))

    def _reused(self, job: Job) -> Fitted | None:
        """The result of the same training in an earlier search, if there is one.

        Raises:
            TrialStopped: The scores of the earlier training end the trial early.
        """
        folders = self._context.config.reuse
        wanted = (job.number, job.candidate, job.spec, job.channels)
        if not folders or (earlier := find_reusable(folders, *wanted, self._made_of)) is None:
            return None
        record = earlier.record
        if job.early_stopping is not None:
            if not record.score_by_checkpoint and record.history:
                return None
            for checkpoint, score in record.score_by_checkpoint.items():
                job.early_stopping.check(checkpoint, score)
            if self._context.selection.kind == "kfold":
                job.early_stopping.settle(record.score_search)
        return Fitted(
            earlier.network,
            record.history,
            record.score_search,
            record.score_float,
            record.answers_search,
            str(earlier.folder),
        )

    def _files(
        self, job: Job, evaluation: Evaluation, scores: Mapping[str, float]
    ) -> dict[str, bytes]:
        dataset, measured = self._context.dataset, evaluation.measurement
        task = dataset.learning_task
        both = f"int8 {measured.score:.4f}, float {measured.score_float:.4f}"
        notes = (f"Trial {measured.number}; {task.score.title} on the test split: {both}.",)
        sources = evaluation.network.c_files(dataset.name, notes)
        files = {MODEL: evaluation.network.to_bytes(), DETAILS: evaluation.details().encode()}
        files |= {f"c/{name}": text.encode() for name, text in sources.items()}
        record = {
            **asdict(job.candidate),
            **measured.record(task),
            task.score.key("by_checkpoint"): scores,
            "made_of": self._made_of,
        }
        return with_manifest(record, files)
