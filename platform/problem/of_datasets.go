package problem

import (
	"net/http"

	"google.golang.org/grpc/codes"
)

// ofDatasets are the reasons of requests for datasets and their dates.
var ofDatasets = []Entry{
	{InvalidRequest, codes.InvalidArgument, http.StatusBadRequest, ExitUsage,
		"A field of the request breaks a declared rule.", "Nothing was begun.",
		"Correct the fields that the violations name."},
	{DatasetInvalid, codes.InvalidArgument, http.StatusBadRequest, ExitUsage,
		"The dataset's declaration has mistakes; all of them are listed.", "The registered version stays current.",
		"Correct them; `sfctl dataset lint FILE` checks without a server."},
	{DatasetNotFound, codes.NotFound, http.StatusNotFound, ExitNotFound,
		"No dataset, or no version of it, has this name.", "Nothing was begun.",
		"List the datasets with `sfctl dataset list`, or register one with `sfctl dataset apply FILE`."},
	{DatasetRefused, codes.FailedPrecondition, http.StatusConflict, ExitConflict,
		"A version of a dataset has no mistakes in itself, and cannot become current: no run of it could publish or stamp into the schemas and tables that are there, or it narrows, drops or re-keys what has rows or history. Or a version that is current is to be migrated, and something that only a person can mend is in the way, as a view that hangs on a column.", "The registered version stays current. " + untouched,
		"Mend each thing that is listed, with the SQL beside it or by one of the ways out, and apply or migrate the dataset again."},
	{DatasetInUse, codes.FailedPrecondition, http.StatusConflict, ExitConflict,
		"A dataset cannot be deleted: a run of it is queued or under way, or it has history or live rows.", "The dataset stays registered. " + untouched,
		"Where a run is under way, wait for it or cancel it. Where there are rows or history: with `--keep-tables` (keep_tables) the dataset goes and its tables stay."},
	{TableTaken, codes.AlreadyExists, http.StatusConflict, ExitConflict,
		"Another dataset was the first to publish or stamp into a table or snapshot of the same name in the same schema.", "The registered versions stay as they were.",
		"Rename the table or snapshot, or declare another schema; `sfctl dataset delete NAME` frees the names of a dataset, but for those of its history where it stamped any."},
	{AsOfOffCalendar, codes.InvalidArgument, http.StatusBadRequest, ExitUsage,
		"The as_of is no date of the dataset's calendar, lies in the future, or before 1900.", "Nothing was begun.",
		"Use the date that the error proposes: a date of the dataset's calendar, which `sfctl dataset get NAME` shows, and not after today."},
	{AsOfMismatch, codes.FailedPrecondition, http.StatusUnprocessableEntity, ExitData,
		"The files say of themselves, in their manifest, that they describe another dataset or another as_of than the run was asked for.", untouched,
		"Start the run with the dataset and the as_of of the manifest, or give the folder that was meant."},
}
