package console

import (
	"context"
	"net/http"
)

// record serves the page of one thing.
func (c *Console) record(ask func(ctx context.Context, r *http.Request) (sheet, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
		defer cancel()
		view, err := ask(ctx, r)
		if err != nil {
			c.problem(w, r, err)
			return
		}
		view.Title = view.Name
		c.render(w, r, http.StatusOK, sheetPage, view)
	}
}
