package api

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// trainingOrder checks a request, and puts what it asks for together.
func (s *Server) trainingOrder(req *snapshotv1.BuildTrainingSetRequest) (trainingset.Order, error) {
	d := req.GetDeclaration()
	if d.GetName() != req.GetDataset() || req.GetDatasetVersion() == "" {
		return trainingset.Order{}, invalid("declaration", "expected the content and the version of dataset %s, which the gateway puts there, found that of %q", req.GetDataset(), d.GetName())
	}
	layouts, err := s.layouts(d)
	if err != nil {
		return trainingset.Order{}, err
	}
	definition, err := definitionOf(req)
	if err != nil {
		return trainingset.Order{}, err
	}
	if mistakes := dataset.LintTrainingSet(d, definition); len(mistakes) > 0 {
		return trainingset.Order{}, trainingInvalid(mistakes)
	}
	waive, err := waivers(req.GetWaive())
	if err != nil {
		return trainingset.Order{}, err
	}
	o := trainingset.Order{
		Dataset: d, DatasetVersion: req.GetDatasetVersion(), Layouts: layouts, Definition: definition, Waive: waive,
		RequestedBy: req.GetRequestedBy(), RequestID: req.GetRequestId(), Fingerprint: fingerprint(req),
	}
	o.Rows = entityRows(req.GetEntityRows())
	if req.GetKnownAt() != nil {
		if err := req.GetKnownAt().CheckValid(); err != nil {
			return o, invalid("known_at", "expected a moment, found none: %v", err)
		}
		at := req.GetKnownAt().AsTime()
		o.KnownAt = &at
	}
	return o, nil
}

// definitionOf is what is asked for: a declared set or one of the request's own, with the
// dates and the horizon of the request where it has some.
func definitionOf(req *snapshotv1.BuildTrainingSetRequest) (*datasetv1.TrainingSet, error) {
	definition := proto.CloneOf(req.GetDefinition())
	switch name := req.GetTrainingSet(); {
	case (name == "") == (definition == nil):
		return nil, invalid("training_set", "expected the name of a training set, or a definition of one, found %s",
			map[bool]string{true: "neither", false: "both"}[definition == nil])
	case definition == nil:
		declared := dataset.TrainingSetByName(req.GetDeclaration(), name)
		if declared == nil {
			return nil, undeclared(req.GetDeclaration(), name)
		}
		definition = proto.CloneOf(declared)
	}
	if req.GetAsOf() != nil {
		definition.AsOf = proto.CloneOf(req.GetAsOf())
	}
	if definition.GetLabel() != nil {
		definition.Label.Horizon = proto.Int32(int32(dataset.Horizon(definition.GetLabel())))
		if req.Horizon != nil {
			definition.Label.Horizon = proto.Int32(req.GetHorizon())
		}
	}
	if req.GetEntityRows() != nil {
		return definition, withRows(req, definition)
	}
	if len(definition.GetAsOf().GetDates()) == 0 && definition.GetAsOf().GetFrom() == "" {
		return nil, trainingInvalid(dataset.Mistakes{{Path: "as_of", Message: "expected the dates to build the set for, found none: it declares none, so give some"}})
	}
	return definition, nil
}

func undeclared(d *datasetv1.Dataset, name string) error {
	var known []string
	for _, set := range d.GetTrainingSets() {
		known = append(known, set.GetName())
	}
	has := "it declares none"
	if len(known) > 0 {
		has = "it declares " + strings.Join(known, ", ")
	}
	return problem.New(problem.TrainingSetNotFound, "expected a training set of dataset %s, found %q%s; %s", d.GetName(), name, nearest.Hint(name, known), has)
}

func trainingInvalid(mistakes dataset.Mistakes) error {
	p := problem.New(problem.TrainingSetInvalid, "the training set has mistakes: %s", mistakes)
	for _, m := range mistakes {
		_ = p.Violate(m.Path, "%s", m.Message)
	}
	return p
}

// waivers are the reasons of guards that a request names.
func waivers(names []string) ([]problem.Reason, error) {
	var known []string
	for _, reason := range trainingset.Guards() {
		known = append(known, string(reason))
	}
	var reasons []problem.Reason
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, invalid("waive", "expected the reason of a guard, one of %s, found %q%s", strings.Join(known, ", "), name, nearest.Hint(name, known))
		}
		reasons = append(reasons, problem.Reason(name))
	}
	return reasons, nil
}

// fingerprint is what a request asks for, whoever asks and whatever the dataset is by now.
func fingerprint(req *snapshotv1.BuildTrainingSetRequest) string {
	asked := proto.CloneOf(req)
	asked.Declaration, asked.DatasetVersion, asked.RequestedBy = nil, "", ""
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(asked)
	if err != nil {
		return "" // what came over the wire can be written
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
