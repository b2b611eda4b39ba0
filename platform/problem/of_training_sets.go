package problem

import (
	"net/http"

	"google.golang.org/grpc/codes"
)

// notBuilt is what was kept where a training set was refused.
const notBuilt = "No training set was recorded."

// ofTrainingSets are the reasons of training sets.
var ofTrainingSets = []Entry{
	{TrainingSetInvalid, codes.InvalidArgument, http.StatusBadRequest, ExitUsage,
		"The definition of a training set has mistakes, or it is asked for in a way that does not fit it; all of them are listed.", "Nothing was recorded.",
		"Correct what the violations name; `sfctl dataset lint FILE` checks those that a dataset declares."},
	{TrainingSetNotFound, codes.NotFound, http.StatusNotFound, ExitNotFound,
		"No training set was built under this identifier, or the dataset declares none of this name.", "Nothing was begun.",
		"List what was built with `sfctl training-set list`; `sfctl dataset get NAME` shows what is declared."},
	{ErasedSince, codes.FailedPrecondition, http.StatusConflict, ExitConflict,
		"A training set cannot be made again as its manifest has it: keys were erased from the snapshots that the violations name, or from its entity rows, since it was built, and their rows cannot be had again. Nothing else changed.", "Nothing was written. Live tables and history are as they are.",
		"Build a new training set of what is there, and erase the keys from the files that were exported."},
	{TrainingSetChanged, codes.FailedPrecondition, http.StatusConflict, ExitConflict,
		"A training set cannot be made again as its manifest has it: the violations name each snapshot whose content is another one or is not there any more.", "Nothing was written. Live tables and history are as they are.",
		"Where the rows of a snapshot are not those that were stamped, `sfctl snapshot verify --all` names the table and what mends it: a run from the same files with restage, a backup, or `sfctl snapshot rollback` to a revision that is right. A file that was exported from such rows is exported again. Otherwise restore the history that is missing, or build a new training set of what is there."},
	{TrainingFormatUnfit, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitData,
		"A value of the training set has no place in the type that the asked format has for its column, as NaN has none among decimals; ingest lets none in.", "What was written is not a whole file. Live tables and history are as they are.",
		"Write the rows as csv, which holds every value, or correct the as_of: the message names the column."},
	{TrainingManifestInvalid, codes.InvalidArgument, http.StatusBadRequest, ExitUsage,
		"What was given is no manifest of a training set, or one that was changed by hand: its parts do not fit each other.", "Nothing was begun.",
		"Give the manifest as `sfctl training-set export` wrote it beside the file."},
	{EntityRowsInvalid, codes.InvalidArgument, http.StatusUnprocessableEntity, ExitData,
		"Rows that say whom a training set is about, and when, cannot be used: the header lacks a column or has one too many, a value is none of its column's type, a moment is none, an entity stands twice at the same moment, or there are no rows. The violations name the file, the line and the column.", notBuilt,
		"Correct the lines that are named, and build the set again: the file has the key of the entities' snapshot, the other columns by which features join, and event_timestamp."},
	{LabelNotLater, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitLeak,
		"The label is of the very period of the features: what a model would learn from may hold what came of it.", notBuilt,
		"Declare a horizon of one period or more. Where the same period is meant, build it with `--waive LABEL_NOT_LATER`: the manifest says so."},
	{LabelAmongFeatures, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitLeak,
		"A feature is the label's own column, or a copy of it: equal to the label in every row, or one value for each of the label's.", notBuilt,
		"Take the feature out. Where it is meant, as an earlier label that is known by then, build it with `--waive LABEL_AMONG_FEATURES`."},
	{LabelNotStamped, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitLeak,
		"The period of the label is not stamped, or was not known at the cut-off: there is nothing yet to learn.", notBuilt,
		"Wait until it is stamped, or take an earlier as_of. To have the rows without labels, build it with `--waive LABEL_NOT_STAMPED`."},
	{LabelCoverageLow, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitLeak,
		"Fewer rows have a label than min_coverage asks for: a model would learn from those alone whose label is known.", notBuilt,
		"Look for the labels that are missing, or declare a min_coverage that is meant; once only, build it with `--waive LABEL_COVERAGE_LOW`."},
	{FeatureWindowTooLate, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitLeak,
		"A feature was observed until a day within the embargo before T: when the model is asked, such days are not known yet.", notBuilt,
		"Take rows that are older, a smaller embargo, or leave the feature out. Where it is meant, build it with `--waive FEATURE_WINDOW_TOO_LATE`."},
	{FeatureLiftHigh, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitLeak,
		"One feature alone predicts the label better than max_leakage_lift: it probably knows it.", notBuilt,
		"Find out where the feature comes from, and when. Where it is honest, declare another max_leakage_lift, or build it with `--waive FEATURE_LIFT_HIGH`."},
	{DeliveriesMixed, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitLeak,
		"Snapshots of one date that the set takes from are of different deliveries: one was left as it was when the others were rolled back or corrected. Their rows were never one state.", notBuilt,
		"Deliver the date again as a whole, with `--supersede`, and build the set anew; or cut it off before the mixture (known_at). Where it is meant, build it with `--waive DELIVERIES_MIXED`: the manifest says so."},
	{SnapshotStale, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitLeak,
		"A snapshot that an incremental extract made was laid over a state which was corrected since, or came late, or over such a snapshot: it is not what it would be if it were made now.", notBuilt,
		"Have the dates that are stale made again from what was delivered, `sfctl run start --dataset NAME --restamp --from DATE`, or deliver them again, the oldest first, with `--supersede`; `sfctl snapshot list --dataset NAME` marks them. Where they are meant as they are, build it with `--waive SNAPSHOT_STALE`: the manifest says so."},
	{HistoryCut, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitLeak,
		"Dates that the rows of entities might be of were dropped by retention, in a snapshot that a feature is taken from: of the dates that are kept they have no row, or only one of before those. NULL, or what may have changed since, would stand where something was known.", notBuilt,
		"Declare a ttl that ends within what is kept, or keep a longer history. Where NULL, or the older row, is right for those entities, build it with `--waive HISTORY_CUT`: the manifest says so."},
}
