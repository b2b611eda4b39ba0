package step

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// What differs is told by counts and columns, the rows themselves by nothing.
func TestADifferenceWithoutTheRowsThatItNames(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		`1 row differs (1 only delivered): "c001" only delivered; stamped from batch b1, delivered in batch b2`:                                                                         `1 row differs (1 only delivered); stamped from batch b1, delivered in batch b2`,
		`3 rows differ (2 changed, 1 only delivered), in fee (2): "a; b" in fee, "\"c\": 1" in fee, "d, 7" only delivered; stamped from b1`:                                             `3 rows differ (2 changed, 1 only delivered), in fee (2); stamped from b1`,
		`9 rows differ (9 only stamped): "a" only stamped, "b…" only stamped and 7 more`:                                                                                                `9 rows differ (9 only stamped)`,
		`dataset d is stamped as of 2024-01-31 with other content: s: 1 row differs (1 only stamped): "a" only stamped; t: 1 row differs (1 changed), in x (1): "a" in x`:               `dataset d is stamped as of 2024-01-31 with other content: s: 1 row differs (1 only stamped); t: 1 row differs (1 changed), in x (1)`,
		`stamped are 5 rows (ab), delivered 6 (cd), and no value differs from the one in the history: its rows are not what was stamped`:                                                `stamped are 5 rows (ab), delivered 6 (cd), and no value differs from the one in the history: its rows are not what was stamped`,
		`1 row differs (1 changed), in at (1): "1" in at; stamped under v1, and delivered under v2: the same files give others; --supersede makes a revision of those; stamped from b1`: `1 row differs (1 changed), in at (1); stamped under v1, and delivered under v2: the same files give others; stamped from b1`,
	} {
		require.Equal(t, want, nameless(said))
	}
}

// Only a date that differs, and only where erased keys came back, is told otherwise.
func TestWhatIsRefusedOtherwiseIsToldAsItIs(t *testing.T) {
	t.Parallel()
	returned := []*stepv1.Finding{{Reason: "ERASED_KEYS_RETURNED"}}
	other := []*stepv1.Finding{{Reason: "STALE_EXTRACT"}}
	differs := problem.New(problem.SnapshotDiffers, `s: "a" only delivered`)
	table := problem.New(problem.SnapshotTableDiffers, `s: "a" is text`)

	require.Same(t, differs, knowingErased(differs, other))
	require.Same(t, table, knowingErased(table, returned))
	require.NotSame(t, differs, knowingErased(differs, returned))
	require.Equal(t, `s: "a" only delivered`, differs.Message, "the error of the service stays as it is")
}
