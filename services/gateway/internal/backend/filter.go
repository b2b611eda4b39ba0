package backend

import (
	"context"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// filter returns the value that a list was to be narrowed by, written in full. Its error
// says that the dataset has no such thing, and what was probably meant.
type filter func(ctx context.Context, s *Set, d *datasetv1.Dataset, value string) (string, error)

// filters are the fields of lists that name something. Those that need no look-up, as
// the states of runs, are not here.
var filters = map[protoreflect.Name]filter{
	"as_of":        anAsOf,
	"batch":        aBatch,
	"snapshot":     aSnapshot,
	"training_set": aTrainingSet,
}

// anAsOf refuses a date that the dataset's calendar does not have.
func anAsOf(_ context.Context, _ *Set, d *datasetv1.Dataset, value string) (string, error) {
	asOf, err := dataset.ParseAsOf(value)
	if err != nil || d.GetCalendar().GetPeriod() == datasetv1.Period_PERIOD_UNSPECIFIED || dataset.OnCalendar(d.GetCalendar(), asOf) {
		return value, nil // what is no date, the service that lists has refused
	}
	closest := dataset.FormatAsOf(dataset.ClosestAsOf(d.GetCalendar(), asOf))
	return "", problem.New(problem.AsOfOffCalendar, "expected %s, as the calendar of dataset %s has it, found %s; the closest is %s",
		dataset.EveryAsOf(d.GetCalendar()), d.GetName(), value, closest).
		With("dataset", d.GetName()).With("as_of", value).With("closest", closest).
		Violate("as_of", "nothing can be of %s; the closest is %s", value, closest)
}

// aBatch finds the batch that a part of an identifier stands for, and refuses one of
// another dataset.
func aBatch(ctx context.Context, s *Set, d *datasetv1.Dataset, value string) (string, error) {
	resp, err := s.Ingest.GetBatch(ctx, &ingestv1.GetBatchRequest{Batch: value})
	if err != nil {
		return "", err
	}
	if of := resp.GetBatch().GetDataset(); of != d.GetName() {
		return "", problem.New(problem.BatchNotFound, "dataset %s has no batch %s: it is one of %s", d.GetName(), resp.GetBatch().GetId(), of).
			With("batch", resp.GetBatch().GetId()).With("dataset", of).Violate("batch", "a batch of %s", of)
	}
	return resp.GetBatch().GetId(), nil
}

// aSnapshot refuses a name that the dataset does not declare. One that an earlier
// version declared, and stamped, is no empty list.
func aSnapshot(_ context.Context, _ *Set, d *datasetv1.Dataset, value string) (string, error) {
	if dataset.SnapshotByName(d, value) != nil {
		return value, nil
	}
	var have []string
	for _, declared := range d.GetSnapshots() {
		have = append(have, declared.GetName())
	}
	said := meantAmong(value, have)
	return "", problem.New(problem.SnapshotNotFound, "dataset %s declares no snapshot %s%s", d.GetName(), value, said).
		With("dataset", d.GetName()).With("snapshot", value).Violate("snapshot", "no snapshot of dataset %s%s", d.GetName(), said)
}

// aTrainingSet refuses a name that the dataset does not declare, and that nothing was
// built under.
func aTrainingSet(_ context.Context, _ *Set, d *datasetv1.Dataset, value string) (string, error) {
	if dataset.TrainingSetByName(d, value) != nil {
		return value, nil
	}
	var have []string
	for _, declared := range d.GetTrainingSets() {
		have = append(have, declared.GetName())
	}
	said := meantAmong(value, have)
	return "", problem.New(problem.TrainingSetNotFound, "dataset %s declares no training set %s%s", d.GetName(), value, said).
		With("dataset", d.GetName()).With("training_set", value).Violate("training_set", "no training set of dataset %s%s", d.GetName(), said)
}

// meantAmong says which name was probably meant, or which there are.
func meantAmong(value string, have []string) string {
	said := nearest.Hint(value, have)
	switch {
	case len(have) == 0:
		said = ", and no other"
	case said == "":
		said = ": it has " + strings.Join(have, ", ")
	}
	return said
}
