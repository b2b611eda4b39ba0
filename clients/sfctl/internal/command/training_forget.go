package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) trainingSetForget() *cobra.Command {
	req := &snapshotv1.ForgetTrainingSetRequest{}
	cmd := &cobra.Command{
		Use:   "forget TRAINING_SET",
		Short: "Let retention drop the dates that a training set stands on",
		Long: `Let retention drop the dates that a training set stands on, where the dataset declares a
history. The set stays in the lists, and can be made for as long as its dates are there; once
one was dropped, verify, export and rebuild say RETAINED_NO_LONGER.`,
		Example: `  sfctl training-set forget trn_01hq7d --reason "model 7 is retired"`,
	}
	cmd.Flags().StringVar(&req.Reason, "reason", "", "why; kept with it")
	return a.shows(cmd, aTrainingSet, func(ctx context.Context, c *clients, id string) (one, error) {
		req.TrainingSet, req.RequestedBy = id, a.requestedBy()
		resp, err := c.snapshot.ForgetTrainingSet(ctx, req)
		set := resp.GetTrainingSet()
		if err == nil {
			a.noteNext(ctx, c, set.GetDataset())
		}
		return one{resp, set.GetId(), func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "%s keeps no dates any more%s\n", set.GetId(), forgotten(set))
			return err
		}}, err
	})
}

// forgotten says who gave up the dates of a training set; nothing where nobody did.
func forgotten(s *snapshotv1.TrainingSet) string {
	f := s.GetForgotten()
	if f == nil {
		return ""
	}
	line := fmt.Sprintf(" (forgotten by %s at %s", f.GetForgottenBy(), printer.Moment(f.GetForgottenAt()))
	if f.GetReason() != "" {
		line += ": " + f.GetReason()
	}
	return printer.OneLine(line + ")")
}

// keeps says for how long a training set keeps its dates; nothing where that is until it is
// forgotten, as with most.
func keeps(s *snapshotv1.TrainingSet) string {
	switch {
	case s.GetForgotten() != nil:
		return "keeps no dates any more" + forgotten(s)
	case s.GetKeptUntil() != nil:
		return "keeps its dates until " + printer.Moment(s.GetKeptUntil())
	default:
		return ""
	}
}
