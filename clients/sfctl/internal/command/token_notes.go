package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// namesakes is how many tokens of one name a note tells.
const namesakes = 3

// tokenNotes says what may be meant and may be a slip in a token that is asked for. It is
// asked before the token is made: a secret that is made is printed, whatever fails.
func tokenNotes(ctx context.Context, c *clients, req *orchestratorv1.CreateTokenRequest) ([]string, error) {
	good, _, err := gather(ctx, 0, tokensOf(c, false))
	if err != nil {
		return nil, err
	}
	notes := sameName(good, req)
	if len(req.GetDatasets()) == 0 {
		return notes, nil
	}
	there, _, err := gather(ctx, 0, func(ctx context.Context, size int32, token string) ([]*orchestratorv1.DatasetVersion, string, error) {
		page, err := c.orchestrator.ListDatasets(ctx, &orchestratorv1.ListDatasetsRequest{PageSize: size, PageToken: token})
		return page.GetVersions(), page.GetNextPageToken(), err
	})
	if err != nil {
		return nil, err
	}
	return append(notes, notThere(there, req.GetDatasets())...), nil
}

// sameName notes the good tokens that have the name of another, and may do something else.
func sameName(good []*orchestratorv1.Token, req *orchestratorv1.CreateTokenRequest) []string {
	var others []string
	for _, t := range good {
		same := t.GetRole() == req.GetRole() && t.GetAllDatasets() == req.GetAllDatasets() && slices.Equal(sorted(t.GetDatasets()), sorted(req.GetDatasets()))
		if t.GetName() == req.GetName() && !same {
			others = append(others, fmt.Sprintf("%s (%s of %s)", t.GetId(), printer.Enum(t.GetRole()), datasetsOf(t)))
		}
	}
	if len(others) == 0 {
		return nil
	}
	if more := len(others) - namesakes; more > 0 {
		others = append(others[:namesakes], fmt.Sprintf("%d more", more))
	}
	return []string{fmt.Sprintf(`%s is the name of other good tokens too, which may do something else: %s. "Requested by" does not tell them apart.`,
		printer.OneLine(req.GetName()), strings.Join(others, ", "))}
}

// notThere notes the datasets that a token is for and that nobody has registered.
func notThere(there []*orchestratorv1.DatasetVersion, asked []string) (notes []string) {
	known := names(there, func(v *orchestratorv1.DatasetVersion) string { return v.GetDataset().GetName() })
	for _, name := range slices.Compact(sorted(asked)) {
		if !slices.Contains(known, name) {
			notes = append(notes, fmt.Sprintf("No dataset %s is registered; the token is for it once one is.", printer.OneLine(name)))
		}
	}
	return notes
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }
