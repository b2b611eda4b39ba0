package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
)

// Sizes of pages: what is asked for at once, and what a list shows unless told.
const (
	maxPage      = 1000
	defaultLimit = 50
)

// limitFlag declares how many items a list shows.
func limitFlag(cmd *cobra.Command, limit *int) {
	cmd.Flags().IntVar(limit, "limit", defaultLimit, "show at most this many, newest first; 0 for all")
}

// gather asks for page after page until there are enough items or no more pages. It
// returns them and the token of the page that comes next, empty where none does.
func gather[T any](ctx context.Context, limit int, page func(ctx context.Context, size int32, token string) ([]T, string, error)) ([]T, string, error) {
	if limit < 0 {
		return nil, "", exit.BadUsage(fmt.Errorf("--limit %d: want 0, for all, or more", limit))
	}
	var items []T
	token := ""
	for {
		size := maxPage
		if limit > 0 {
			size = min(size, limit-len(items))
		}
		call, cancel := context.WithTimeout(ctx, callLimit)
		got, next, err := page(call, int32(size), token)
		cancel()
		if err != nil {
			return nil, "", err
		}
		items, token = append(items, got...), next
		if token == "" || (limit > 0 && len(items) >= limit) {
			return items, token, nil
		}
	}
}

// moreNote says that a list was cut.
func (a *app) moreNote(shown int, token string) {
	if token != "" {
		a.note("The first %d are shown; there are more: --limit 0 shows all.", shown)
	}
}
