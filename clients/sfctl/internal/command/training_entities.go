package command

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// mostEntityRows is how much of a file of entity rows a request takes.
const mostEntityRows = 4 << 20

// entityFlag declares where entity rows of the caller's own are.
func entityFlag(cmd *cobra.Command, file *string, what string) {
	cmd.Flags().StringVar(file, "entity-file", "", "CSV file, or - for stdin: "+what)
	_ = cmd.MarkFlagFilename("entity-file", "csv") // only of a flag that is not there
}

// entityRows reads a file of entity rows, - being stdin; nil where no file is named.
func (a *app) entityRows(file string) (*snapshotv1.EntityRows, error) {
	if file == "" {
		return nil, nil //nolint:nilnil // no rows are brought
	}
	from, name := a.proc.In, "stdin"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // it was read only
		from, name = f, filepath.Base(file)
	}
	text, err := io.ReadAll(io.LimitReader(from, mostEntityRows+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read %s: %w", name, err)
	case len(text) > mostEntityRows:
		return nil, fmt.Errorf("%s: expected at most 4 MiB of entity rows, found more; build a training set of each part of them", name)
	case len(text) == 0:
		return nil, fmt.Errorf("%s: expected entity rows, a header with the key and event_timestamp first, found nothing", name)
	}
	return &snapshotv1.EntityRows{Csv: string(text), Name: name}, nil
}
