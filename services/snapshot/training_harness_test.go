package snapshot_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// people is a dataset to train on: who they are, what they do, and what came of it.
func people() *datasetv1.Dataset {
	return &datasetv1.Dataset{
		Name: "people", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{
			{Name: "persons", Key: []string{"id"}, Columns: columns("id", "text", "age", "integer", "city", "text", "home", "integer")},
			{Name: "usage", Key: []string{"id"}, Columns: columns("id", "text", "hours", "numeric", "active", "boolean")},
			{Name: "homes", Key: []string{"home"}, Columns: columns("home", "integer", "rooms", "smallint")},
			{Name: "outcomes", Key: []string{"id"}, Columns: columns("id", "text", "left_us", "boolean")},
		},
		Snapshots: []*datasetv1.Snapshot{
			{Name: "persons_s", From: "persons"}, {Name: "usage_s", From: "usage"},
			{Name: "homes_s", From: "homes"}, {Name: "outcomes_s", From: "outcomes"},
		},
		TrainingSets: []*datasetv1.TrainingSet{leaving()},
	}
}

// leaving is the training set of people: whether they have left a month later.
func leaving() *datasetv1.TrainingSet {
	return &datasetv1.TrainingSet{
		Name:     "leaving",
		Entities: &datasetv1.Entities{Snapshot: "persons_s"},
		Features: []*datasetv1.Feature{
			{Column: "persons_s.age"}, {Column: "usage_s.hours", As: "watched"}, {Column: "usage_s.active"}, {Column: "homes_s.rooms"},
		},
		Label:       &datasetv1.Label{Column: "outcomes_s.left_us"},
		MinCoverage: proto.Float64(0),
	}
}

// peopleIn are three people of a month, of whom the second one is the last to leave.
func peopleIn() map[string]string {
	return map[string]string{
		"persons":  `values ('b', 30, 'Bonn', 1), ('a', 20, 'Ulm', 2), ('C', 41, 'Köln, "am Dom"', null::integer)`,
		"usage":    `values ('a', 1.50, true), ('b', 2.250, false), ('C', null::numeric, null::boolean)`,
		"homes":    `values (1, 3::smallint), (2, 4::smallint)`,
		"outcomes": `values ('a', true), ('b', false), ('C', true)`,
	}
}

func with(rows map[string]string, table, values string) map[string]string {
	rows[table] = values
	return rows
}

// stamped stamps a month of people.
func (s *suite) stamped(t testing.TB, asOf string, rows map[string]string) {
	t.Helper()
	s.deliver(t, people(), asOf, rows).history()
}

func trainingRequest(asOf ...string) *snapshotv1.BuildTrainingSetRequest {
	d := people()
	return &snapshotv1.BuildTrainingSetRequest{
		Dataset: d.GetName(), TrainingSet: "leaving", AsOf: &datasetv1.AsOfDates{Dates: asOf}, RequestedBy: "a test",
		Declaration: d, DatasetVersion: dataset.Hash(d),
	}
}

// defined asks for a set of the test's own.
func defined(change func(*datasetv1.TrainingSet), asOf ...string) *snapshotv1.BuildTrainingSetRequest {
	req := trainingRequest(asOf...)
	req.TrainingSet, req.Definition = "", leaving()
	change(req.Definition)
	return req
}

func (s *suite) train(req *snapshotv1.BuildTrainingSetRequest) (*snapshotv1.TrainingSet, []*stepv1.Progress, error) {
	stream, err := s.client.BuildTrainingSet(context.Background(), req)
	if err != nil {
		return nil, nil, err
	}
	var built *snapshotv1.TrainingSet
	var progress []*stepv1.Progress
	err = drain(stream, func(m *snapshotv1.BuildTrainingSetResponse) error {
		if built != nil {
			return errors.New("a message after the result")
		}
		if p := m.GetProgress(); p != nil {
			progress = append(progress, p)
		}
		built = m.GetResult()
		return nil
	})
	return built, progress, err
}

// trained builds a set, and fails the test where it is refused.
func (s *suite) trained(t testing.TB, req *snapshotv1.BuildTrainingSetRequest) *snapshotv1.TrainingSet {
	t.Helper()
	built, _, err := s.train(req)
	require.NoError(t, err)
	require.NotNil(t, built)
	return built
}

// fileMessage is a message of a file that is written.
type fileMessage interface {
	GetHead() *snapshotv1.TrainingFileHead
	GetChunk() []byte
	GetResult() *snapshotv1.TrainingFile
}

// written is a file with what was said of it.
type written struct {
	head *snapshotv1.TrainingFileHead
	text string
	file *snapshotv1.TrainingFile
}

func receiveFile[M fileMessage](recv func() (M, error)) (written, error) {
	var w written
	var b bytes.Buffer
	for {
		m, err := recv()
		if errors.Is(err, io.EOF) {
			w.text = b.String()
			return w, nil
		}
		if err != nil {
			return w, err
		}
		if m.GetHead() != nil {
			w.head = m.GetHead()
		}
		b.Write(m.GetChunk())
		w.file = m.GetResult()
	}
}

func (s *suite) export(set string) (written, error) {
	return s.exportAs(set, snapshotv1.TrainingFormat_TRAINING_FORMAT_UNSPECIFIED)
}

func (s *suite) exportAs(set string, format snapshotv1.TrainingFormat) (written, error) {
	stream, err := s.client.ExportTrainingSet(context.Background(), &snapshotv1.ExportTrainingSetRequest{TrainingSet: set, Format: format})
	if err != nil {
		return written{}, err
	}
	return receiveFile(stream.Recv)
}

func (s *suite) rebuild(manifest string) (written, error) {
	stream, err := s.client.RebuildTrainingSet(context.Background(), &snapshotv1.RebuildTrainingSetRequest{Manifest: manifest})
	if err != nil {
		return written{}, err
	}
	return receiveFile(stream.Recv)
}

// csv is the text of a set that is exported.
func (s *suite) csv(t testing.TB, set *snapshotv1.TrainingSet) string {
	t.Helper()
	w, err := s.export(set.GetId())
	require.NoError(t, err)
	return w.text
}

// lines are those of a text that ends each with a newline.
func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }
