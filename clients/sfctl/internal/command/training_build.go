package command

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// adHoc is the name of a set that the flags define.
const adHoc = "ad_hoc"

// training is what the flags of a build say.
type training struct {
	req      *snapshotv1.BuildTrainingSetRequest
	asOf     string
	horizon  int32
	knownAt  string
	entities string
	features []string
	label    string
	rows     string
}

func (a *app) trainingSetBuild() *cobra.Command {
	t := &training{req: &snapshotv1.BuildTrainingSetRequest{}}
	cmd := &cobra.Command{
		Use:   "build [NAME]",
		Short: "Build a training set: features as of a date, the label of a later one",
		Long: `Build a training set that the dataset declares, or one that the flags define. For each
entity of a date it has the newest features as of that date or before, and the label of a
later period; what it is made of is resolved once, and recorded to the revision.

A set that would leak is refused with exit code 9 and what gave it away. --waive REASON
says that it is meant; the manifest says so too.

--entity-file brings rows of your own instead of those of a snapshot: CSV with the key of
the entities and event_timestamp. Each row gets what was so at its moment, and the label of
the period after the last one that had ended; the rows are kept with the set.

Nothing else is copied: "export" writes the rows.`,
		Example: `  sfctl training-set build churn --as-of 2024-01-31
  sfctl training-set build churn --as-of 2024-01-31..2024-12-31
  sfctl training-set build churn --as-of 2024-01-31 --horizon 0 --waive LABEL_NOT_LATER
  sfctl training-set build --features usage_agg_30d_snapshots.watch_hours_30d,payments_agg_90d_snapshots.failed_payments_90d \
      --label labels_snapshots.churn_label --as-of 2024-01-31
  sfctl training-set build --features "usage_agg_30d_snapshots.watch_hours_30d as hours" --label "labels_snapshots.churn_label as churned" --as-of 2024-01-31
  sfctl training-set build churn --entity-file asked.csv`,
		Args: atMostOneArg("NAME"),
	}
	t.flags(a, cmd)
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		if err := t.ask(a, args, cmd.Flags().Changed("horizon")); err != nil {
			return exit.BadUsage(err)
		}
		built, err := build(cmd, c, t.req)
		if err != nil {
			return err
		}
		err = a.emit(built, []string{built.GetId()}, func(w io.Writer) error { return a.trainingSetReport(w, built) })
		if err == nil && a.format.ForPeople() {
			a.note("Write its rows with: sfctl training-set export %s -o %s.csv%s", built.GetId(), built.GetName(), a.serverFlag(a.server))
		}
		return err
	})
	return cmd
}

// ask makes the request of what was said of the set.
func (t *training) ask(a *app, args []string, horizonSaid bool) error {
	if err := t.read(args, horizonSaid); err != nil {
		return err
	}
	rows, err := a.entityRows(t.rows)
	if err != nil {
		return err
	}
	t.req.EntityRows, t.req.RequestedBy = rows, a.requestedBy()
	if t.req.GetRequestId() == "" {
		t.req.RequestId = ident.New(ident.Request)
	}
	return nil
}

// flags declares what may be said of the set, or defines one.
func (t *training) flags(a *app, cmd *cobra.Command) {
	flags := cmd.Flags()
	a.datasetFlag(cmd, &t.req.Dataset, "the dataset")
	flags.StringVar(&t.asOf, "as-of", "", "date to take entities of, some with commas between, or a range FROM..TO; default: those that the set declares")
	a.completeFlag(cmd, "as-of", asOfDates(&t.req.Dataset))
	cmd.ValidArgsFunction = a.completeArg(declaredTrainingSets(&t.req.Dataset))
	flags.Int32Var(&t.horizon, "horizon", 1, "how many periods after the date the label is of; default: what the set declares, otherwise 1")
	flags.StringVar(&t.knownAt, "known-at", "", "only what was known at this moment, as 2024-02-01T00:00:00Z; default: now")
	flags.StringSliceVar(&t.req.Waive, "waive", nil, "reason of a guard whose finding is meant; some")
	flags.StringVar(&t.entities, "entities", "", "without NAME: snapshot whose rows are the entities; default: that of the first feature")
	flags.StringSliceVar(&t.features, "features", nil, "without NAME: snapshot.column of each feature, or \"snapshot.column as NAME\"")
	flags.StringVar(&t.label, "label", "", "without NAME: snapshot.column of the label, or \"snapshot.column as NAME\"")
	entityFlag(cmd, &t.rows, "rows of your own, whom the set is about and when")
	flags.StringVar(&t.req.RequestId, "request-id", "", "key under which the call may be sent again; default: one of its own")
}

// read puts the flags into the request.
func (t *training) read(args []string, horizon bool) error {
	defined := len(t.features) > 0 || t.label != "" || t.entities != ""
	switch {
	case len(args) > 0 && defined:
		return fmt.Errorf("%s is declared: --entities, --features and --label define another set; give one of the two", args[0])
	case len(args) == 0 && (len(t.features) == 0 || t.label == ""):
		return errors.New("NAME is missing: give the name of a training set that the dataset declares, or define one by --features and --label")
	case t.rows != "" && t.asOf != "":
		return errors.New("--as-of: every row of --entity-file has its own event_timestamp; give one of the two")
	case len(args) > 0:
		t.req.TrainingSet = args[0]
	default:
		var err error
		if t.req.Definition, err = t.definition(); err != nil {
			return err
		}
	}
	if horizon {
		t.req.Horizon = proto.Int32(t.horizon)
	}
	var err error
	if t.req.KnownAt, err = moment("--known-at", t.knownAt); err != nil {
		return err
	}
	return t.dates()
}

func (t *training) definition() (*datasetv1.TrainingSet, error) {
	d := &datasetv1.TrainingSet{Name: adHoc, Entities: &datasetv1.Entities{Snapshot: t.entities}}
	column, as, err := called("--label", t.label)
	if err != nil {
		return nil, err
	}
	d.Label = &datasetv1.Label{Column: column, As: as}
	for _, f := range t.features {
		if column, as, err = called("--features", f); err != nil {
			return nil, err
		}
		d.Features = append(d.Features, &datasetv1.Feature{Column: column, As: as})
	}
	if t.entities == "" {
		d.Entities.Snapshot, _, _ = strings.Cut(d.GetFeatures()[0].GetColumn(), ".")
	}
	return d, nil
}

// called reads a column and what the set calls it: snapshot.column, or snapshot.column as NAME,
// as people write SQL.
func called(flag, text string) (column, as string, err error) {
	switch words := strings.Fields(text); {
	case len(words) == 1:
		return words[0], "", nil
	case len(words) == 3 && strings.EqualFold(words[1], "as"):
		return words[0], words[2], nil
	default:
		return "", "", fmt.Errorf("%s: expected snapshot.column, or snapshot.column as NAME, found %q", flag, text)
	}
}

// dates reads --as-of: some dates, or one range.
func (t *training) dates() error {
	if t.asOf == "" {
		return nil
	}
	t.req.AsOf = &datasetv1.AsOfDates{}
	texts := strings.Split(t.asOf, ",")
	for _, text := range texts {
		from, to, ranged := strings.Cut(text, "..")
		if ranged && len(texts) > 1 {
			return fmt.Errorf("--as-of: expected dates, or one range FROM..TO, found %s", t.asOf)
		}
		for _, d := range []string{from, to}[:map[bool]int{true: 2, false: 1}[ranged]] {
			if err := checkAsOf("--as-of", d); err != nil {
				return err
			}
		}
		if ranged {
			t.req.AsOf.From, t.req.AsOf.To = from, to
		} else {
			t.req.AsOf.Dates = append(t.req.AsOf.Dates, from)
		}
	}
	return nil
}

// build waits for the result of a build, which takes as long as there are rows.
func build(cmd *cobra.Command, c *clients, req *snapshotv1.BuildTrainingSetRequest) (*snapshotv1.TrainingSet, error) {
	stream, err := c.snapshot.BuildTrainingSet(cmd.Context(), req)
	if err != nil {
		return nil, err
	}
	for {
		m, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return nil, problem.New(problem.ServiceUnavailable, "expected a result at the end of the stream, found none: the call was cut off; send it again with --request-id %s", req.GetRequestId())
		case err != nil:
			return nil, err
		case m.GetResult() != nil:
			return m.GetResult(), nil
		}
	}
}
