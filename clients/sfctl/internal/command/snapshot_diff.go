package command

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) snapshotDiff() *cobra.Command {
	req := &snapshotv1.DiffRequest{}
	cmd := &cobra.Command{
		Use:   "diff A B",
		Short: "Compare two dates or revisions row by row",
		Long: `Compare two dates, or two revisions of one, row by row: how many rows were added, removed and
changed, in which columns, and the rows themselves by key with both values. A and B are dates,
with a revision behind where it is not the current one, as in 2024-01-31/1; the names that
"revisions -o name" gives, as labels_snapshots/2024-01-31/1, are understood as well.

-o csv and -o jsonl write every row that differs, as it comes, however many there are; the other
forms the first of each snapshot, --limit of them.`,
		Example: `  sfctl snapshot diff 2024-01-31 2024-02-29
  sfctl snapshot diff 2024-01-31/1 2024-01-31 --snapshot labels_snapshots
  sfctl snapshot diff 2024-01-31 2024-02-29 --counts
  sfctl snapshot diff 2024-01-31 2024-02-29 -o csv >changed.csv`,
		Args: twoArgs("A", "B"),
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	cmd.Flags().StringVar(&req.Snapshot, "snapshot", "", "only the snapshot of this name")
	var limit int
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, "show at most this many rows of each snapshot; 0 for all, which csv and jsonl do unless told")
	cmd.Flags().BoolVar(&req.CountsOnly, "counts", false, "no rows, only how many differ")
	cmd.ValidArgsFunction = a.completeTwo(asOfDates(&req.Dataset))
	also(cmd, printer.CSV)
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		if err := readSides(req, args); err != nil {
			return exit.BadUsage(err)
		}
		if limit < 0 {
			return exit.BadUsage(fmt.Errorf("--limit %d: want 0, for all, or more", limit))
		}
		req.Limit = int64(limit)
		if (a.format == printer.CSV || a.format == printer.JSONL) && !cmd.Flags().Changed("limit") {
			req.Limit = 0
		}
		stream, err := c.snapshot.Diff(cmd.Context(), req) // it takes as long as there are rows
		if err != nil {
			return err
		}
		return a.writeDiff(stream.Recv)
	})
	return cmd
}

// side is a date and a revision of it, and a snapshot where one is named.
type side struct {
	snapshot, asOf string
	revision       int32
}

// readSides reads what is compared, and sees that both are of one snapshot.
func readSides(req *snapshotv1.DiffRequest, args []string) error {
	from, err := parseSide("A", args[0])
	if err != nil {
		return err
	}
	to, err := parseSide("B", args[1])
	if err != nil {
		return err
	}
	for _, named := range []string{from.snapshot, to.snapshot} {
		if named != "" && req.GetSnapshot() != "" && named != req.GetSnapshot() {
			return fmt.Errorf("expected one snapshot, found %s and %s: rows of two are not compared", req.GetSnapshot(), named)
		}
		if named != "" {
			req.Snapshot = named
		}
	}
	req.From, req.FromRevision, req.To, req.ToRevision = from.asOf, from.revision, to.asOf, to.revision
	return nil
}

// parseSide reads DATE, DATE/REVISION, SNAPSHOT/DATE or SNAPSHOT/DATE/REVISION.
func parseSide(name, text string) (side, error) {
	parts := strings.Split(text, "/")
	var s side
	if checkAsOf(name, parts[0]) != nil && len(parts) > 1 {
		s.snapshot, parts = parts[0], parts[1:]
	}
	if len(parts) > 2 {
		return s, fmt.Errorf("%s %q: want DATE, DATE/REVISION or SNAPSHOT/DATE/REVISION, such as 2024-01-31/1", name, text)
	}
	if err := checkAsOf(name, parts[0]); err != nil {
		return s, err
	}
	s.asOf = parts[0]
	if len(parts) == 2 {
		n, err := strconv.ParseInt(parts[1], 10, 32)
		if err != nil || n < 1 {
			return s, fmt.Errorf("%s %q: want a revision from 1 on behind the date, such as 2024-01-31/1", name, text)
		}
		s.revision = int32(n)
	}
	return s, nil
}
