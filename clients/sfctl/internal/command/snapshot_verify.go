package command

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) snapshotVerify() *cobra.Command {
	req := &snapshotv1.VerifyRequest{}
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Read history again, and say whether it is what was stamped",
		Long: `Read the rows of every current revision again, and say whether they are those that were stamped,
by their number and their hash. What was changed, is gone or was detached is named, with what
mends it, and so is a partition that nobody stamped; exit code 6 then. --all reads the revisions
that were superseded as well: exit code 4 where nothing but such is wrong, which nothing that is
current stands on. -o wide shows those that are intact, too.`,
		Example: `  sfctl snapshot verify
  sfctl snapshot verify --all -o jsonl
  sfctl snapshot verify --as-of 2024-01-31 --snapshot labels_snapshots -o wide`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	cmd.Flags().StringVar(&req.Snapshot, "snapshot", "", "only the snapshots of this name")
	a.onlyAsOfFlag(cmd, &req.AsOf, &req.Dataset)
	cmd.Flags().BoolVar(&req.Superseded, "all", false, "superseded revisions as well")
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := checkFilter(cmd, req.GetAsOf()); err != nil {
			return err
		}
		v := &historyRead{app: a}
		stream, err := c.snapshot.Verify(cmd.Context(), req) // it takes as long as there are rows
		if err == nil {
			err = v.receive(stream.Recv)
		}
		if err == nil {
			err = v.write()
		}
		if err == nil {
			err = wrongHistory(v.result)
		}
		return err
	})
	return cmd
}

// wrongHistory is the error of a history that is not as it was stamped; nil of one that is.
// Errors: HISTORY_DIFFERS, or PAST_DIFFERS where nothing that is current does.
func wrongHistory(r *snapshotv1.VerifyResult) error {
	wrong, past, all := r.GetWrong(), r.GetWrongSuperseded(), prose.Count(int64(r.GetRevisions()), "revision")
	switch {
	case wrong == 0:
		return nil
	case wrong == past:
		return problem.New(problem.PastDiffers, "%d of %s are not as they were stamped, and none of them is current", wrong, all)
	case past > 0:
		return problem.New(problem.HistoryDiffers, "%d of %s are not as they were stamped, of which %d %s superseded", wrong, all, past, map[bool]string{true: "was", false: "were"}[past == 1])
	default:
		return problem.New(problem.HistoryDiffers, "%d of %s are not as they were stamped", wrong, all)
	}
}

// historyRead is what was found so far.
type historyRead struct {
	app       *app
	revisions []*snapshotv1.VerifiedRevision
	result    *snapshotv1.VerifyResult
}

// receive takes what is found. JSON lines are written as they come.
func (v *historyRead) receive(recv func() (*snapshotv1.VerifyResponse, error)) error {
	for {
		m, err := recv()
		switch {
		case errors.Is(err, io.EOF) && v.result != nil:
			return nil
		case errors.Is(err, io.EOF):
			return problem.New(problem.ServiceUnavailable, "expected a result at the end of the stream, found none: the call was cut off")
		case err != nil:
			return err
		case m.GetResult() != nil:
			v.result = m.GetResult()
		case m.GetRevision() != nil && v.app.format == printer.JSONL:
			err = printer.Line(v.app.proc.Out, m.GetRevision())
		case m.GetRevision() != nil:
			v.revisions = append(v.revisions, m.GetRevision())
		}
		if err != nil {
			return err
		}
	}
}

func (v *historyRead) write() error {
	switch v.app.format {
	case printer.JSONL:
		return nil
	case printer.Names:
		return v.app.emitNames(names(v.revisions, verifiedName))
	case printer.JSON, printer.YAML:
		revisions, err := raws(v.revisions)
		if err != nil {
			return err
		}
		result, err := raw(v.result)
		if err != nil {
			return err
		}
		return printer.Value(v.app.proc.Out, v.app.format, struct {
			Revisions []json.RawMessage `json:"revisions"`
			Result    json.RawMessage   `json:"result"`
		}{revisions, result})
	default:
		return v.table(v.app.proc.Out)
	}
}
