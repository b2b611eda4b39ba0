package access

import (
	"context"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// subject is what a request is about.
type subject struct {
	// dataset is the name of the dataset.
	dataset string
	// none says that it is about no dataset, or that the service answers with what is
	// granted; all that it is about every one.
	none, all bool
	// absent is what is said, where a request names something by its identifier, to whom its
	// dataset is not granted: the same where there is no such thing, so that nobody learns
	// what others have.
	absent *problem.Error
	// then, where given, says what is against the rest of a request whose dataset is granted.
	then func() error
}

// besides says what is against the rest of a request whose dataset is granted.
func (s subject) besides() error {
	if s.then == nil {
		return nil
	}
	return s.then()
}

// scope finds what a request is about, where the caller is not granted everything. What a
// request names by a part of an identifier is written in full: what was decided about is
// what is called. Errors: those of looking it up.
type scope func(ctx context.Context, s Services, m proto.Message) (subject, error)

// noDataset is of what is about the caller alone.
func noDataset(context.Context, Services, proto.Message) (subject, error) {
	return subject{none: true}, nil
}

// allDatasets is of what is about every dataset, or may be about any.
func allDatasets(context.Context, Services, proto.Message) (subject, error) {
	return subject{all: true}, nil
}

// namedDataset is of what names a dataset.
func namedDataset(_ context.Context, _ Services, m proto.Message) (subject, error) {
	return subject{dataset: field(m, "dataset")}, nil
}

// startedRun is of a run that is to begin, which may accept what another one found: that has to
// be of the same dataset, and whoever may not see others is not told of them.
func startedRun(ctx context.Context, s Services, m proto.Message) (subject, error) {
	about := subject{dataset: field(m, "dataset")}
	if field(m, "accept_from") == "" {
		return about, nil
	}
	about.then = func() error {
		from := identified(m, "accept_from", problem.RunNotFound, "run")
		resp, err := s.Orchestrator.GetRun(asGateway(ctx), &orchestratorv1.GetRunRequest{Run: field(m, "accept_from")})
		switch {
		case err != nil && !from.hides(err):
			return err
		case err != nil || resp.GetRun().GetDataset() != about.dataset:
			return from.absent
		}
		pin(m, "accept_from", resp.GetRun().GetId())
		return nil
	}
	return about, nil
}

// declaredDataset is of what brings the declaration of a dataset.
func declaredDataset(_ context.Context, _ Services, m proto.Message) (subject, error) {
	req, _ := m.(*orchestratorv1.ApplyDatasetRequest)
	return subject{dataset: req.GetDataset().GetName()}, nil
}

// whatIsGranted is of a list that the orchestrator narrows to what is granted, or that is
// asked of one dataset.
func whatIsGranted(_ context.Context, _ Services, m proto.Message) (subject, error) {
	name := field(m, "dataset")
	return subject{dataset: name, none: name == ""}, nil
}

func datasetOfRun(ctx context.Context, s Services, m proto.Message) (subject, error) {
	about := identified(m, "run", problem.RunNotFound, "run")
	resp, err := s.Orchestrator.GetRun(asGateway(ctx), &orchestratorv1.GetRunRequest{Run: field(m, "run")})
	if err != nil {
		return about, err
	}
	pin(m, "run", resp.GetRun().GetId())
	about.dataset = resp.GetRun().GetDataset()
	return about, nil
}

func datasetOfBatch(ctx context.Context, s Services, m proto.Message) (subject, error) {
	about := identified(m, "batch", problem.BatchNotFound, "batch")
	resp, err := s.Ingest.GetBatch(asGateway(ctx), &ingestv1.GetBatchRequest{Batch: field(m, "batch")})
	if err != nil {
		return about, err
	}
	pin(m, "batch", resp.GetBatch().GetId())
	about.dataset = resp.GetBatch().GetDataset()
	return about, nil
}

func datasetOfValidation(ctx context.Context, s Services, m proto.Message) (subject, error) {
	about := identified(m, "validation", problem.ValidationNotFound, "validation")
	resp, err := s.Quality.GetValidation(asGateway(ctx), &qualityv1.GetValidationRequest{Validation: field(m, "validation")})
	if err != nil {
		return about, err
	}
	pin(m, "validation", resp.GetValidation().GetId())
	about.dataset = resp.GetValidation().GetDataset()
	return about, nil
}

// datasetOfTrainingSet is of what names a training set that was built. What brings a
// manifest instead may be about any dataset.
func datasetOfTrainingSet(ctx context.Context, s Services, m proto.Message) (subject, error) {
	id := field(m, "training_set")
	if field(m, "manifest") != "" || id == "" {
		return subject{all: true}, nil
	}
	about := identified(m, "training_set", problem.TrainingSetNotFound, "training set that was built")
	resp, err := s.Snapshot.GetTrainingSet(asGateway(ctx), &snapshotv1.GetTrainingSetRequest{TrainingSet: id})
	if err != nil {
		return about, err
	}
	pin(m, "training_set", resp.GetTrainingSet().GetId())
	about.dataset = resp.GetTrainingSet().GetDataset()
	return about, nil
}

// identified is the subject of a request that names something by an identifier, or a part of
// one, before it is known whose it is.
func identified(m proto.Message, name protoreflect.Name, missing problem.Reason, noun string) subject {
	given := field(m, name)
	return subject{absent: problem.New(missing, "expected a %s of a dataset that the token is for, found none that %q alone stands for", noun, given).With("given", given)}
}

// hides says whether an error of looking up what a request names would tell of what others
// have: that there is no such thing, or that several have a part of an identifier.
func (s subject) hides(err error) bool {
	return s.absent != nil && (problem.Is(err, s.absent.Reason) || problem.Is(err, problem.AmbiguousID))
}

// field is the text of a field of a message; empty where it has none of that name.
func field(m proto.Message, name protoreflect.Name) string {
	fd := m.ProtoReflect().Descriptor().Fields().ByName(name)
	if fd == nil || fd.Kind() != protoreflect.StringKind || fd.IsList() {
		return ""
	}
	return m.ProtoReflect().Get(fd).String()
}

// pin writes the text of a field that a message has.
func pin(m proto.Message, name protoreflect.Name, text string) {
	if fd := m.ProtoReflect().Descriptor().Fields().ByName(name); fd != nil && fd.Kind() == protoreflect.StringKind {
		m.ProtoReflect().Set(fd, protoreflect.ValueOfString(text))
	}
}

// unreadable is the error of a request that is no message: it cannot be decided about.
func unreadable(method string) error {
	return problem.New(problem.PermissionDenied, "%s: the request cannot be read", method)
}
