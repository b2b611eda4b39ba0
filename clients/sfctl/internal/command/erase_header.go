package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// notAHeader refuses a file of keys whose first line has the names of the key's columns: it is
// the header that a tool wrote, and asked for as a key it would be one that no row has. What is
// wrong with the dataset itself the run says.
func (e *erasing) notAHeader(ctx context.Context, c *clients) error {
	if len(e.ofFile) == 0 || e.noHeader {
		return nil
	}
	resp, err := c.orchestrator.GetDataset(ctx, &orchestratorv1.GetDatasetRequest{Dataset: e.req.GetDataset()})
	if err != nil {
		return nil //nolint:nilerr // the run is refused for it, and says so
	}
	for _, t := range resp.GetVersion().GetDataset().GetTables() {
		named := e.req.GetEraseTable()
		if (named == "" || t.GetName() == named) && namesKey(t, e.ofFile[0].GetValues()) {
			return exit.BadUsage(fmt.Errorf("--keys-file: its first line has the name of the key of %s, %s: take the header away, or say with --no-header that it is a key",
				t.GetName(), strings.Join(t.GetKey(), ",")))
		}
	}
	return nil
}

// namesKey says whether a record has the names of a table's key, or those of before, whatever
// their case.
func namesKey(t *datasetv1.Table, record []string) bool {
	if len(record) != len(t.GetKey()) {
		return false
	}
	for i, name := range t.GetKey() {
		names := []string{name}
		if was := dataset.ColumnByName(t, name).GetRenamedFrom(); was != "" {
			names = append(names, was)
		}
		if !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(strings.TrimSpace(record[i]), n) }) {
			return false
		}
	}
	return true
}
