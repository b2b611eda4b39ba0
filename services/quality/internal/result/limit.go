package result

import (
	"slices"

	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// rowLimit is how many rows a validation lists over all expectations. A row stands in
// it twice, with its result and with its finding; the report of ten thousand failed
// expectations would otherwise be larger than a message may be.
const rowLimit = 2000

// sizeLimit is how large a validation is at most, in bytes. It leaves room within a
// message of 8 MiB (grpcserver.MaxMessage); longer rows are fewer then.
const sizeLimit = 7 << 20

// limited returns the outcomes with as many of their rows as a validation lists. Rows
// of failed expectations go before those of expectations that hold, and all
// expectations of a kind get one row before any gets another. The counts stay.
func limited(outcomes [][]evaluate.Outcome, limit int) [][]evaluate.Outcome {
	kept := make([][]evaluate.Outcome, len(outcomes))
	var failed, held []portion
	for i, of := range outcomes {
		kept[i] = slices.Clone(of)
		for j := range kept[i] {
			p := portion{outcome: &kept[i][j], rows: of[j].Rows}
			if p.outcome.Holds {
				held = append(held, p)
			} else {
				failed = append(failed, p)
			}
			p.outcome.Rows = nil
		}
	}
	deal(held, deal(failed, limit))
	return kept
}

// portion is an outcome, and the rows that it may get.
type portion struct {
	outcome *evaluate.Outcome
	rows    []evaluate.Row
}

// deal gives every outcome a row, then every one a second, until none wants more or
// nothing is left. It returns what is left.
func deal(portions []portion, left int) int {
	for n := 1; n <= compile.RowLimit; n++ {
		for _, p := range portions {
			if left > 0 && n <= len(p.rows) {
				p.outcome.Rows = p.rows[:n]
				left--
			}
		}
	}
	return left
}
