package publish

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

func TestAbsentIsWhatDidNotMeet(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ live, rows, inserted, want int64 }{
		{0, 5, 5, 0}, {5, 5, 0, 0}, {5, 5, 5, 5}, {10, 4, 1, 7}, {3, 0, 0, 3},
	} {
		require.Equal(t, tc.want, unmet(tc.live, tc.rows, tc.inserted), "%+v", tc)
	}
}

func TestWhatALiveTableRefusesHasItsReason(t *testing.T) {
	t.Parallel()
	pg := func(code string) error {
		return fmt.Errorf("publish public.orders: %w", &pgconn.PgError{Code: code, Message: "no", SchemaName: "public", TableName: "orders", ConstraintName: "positive"})
	}
	for code, want := range map[string]problem.Reason{
		"23502": problem.LiveTableDiffers, "23503": problem.LiveTableDiffers, "23514": problem.LiveTableDiffers,
		"42501": problem.LiveTableDiffers, "42703": problem.Internal, "40001": problem.Internal,
	} {
		err := refused(&declared.Dataset{}, pg(code))
		var own *problem.Error
		if want == problem.Internal {
			require.NotErrorAs(t, err, &own, code)
			continue
		}
		require.ErrorAs(t, err, &own, code)
		require.Equal(t, want, own.Reason, code)
		require.ErrorContains(t, err, "nothing was written", code)
	}
	kept := problem.Wrap(pg("23502"), problem.StagingLost, "lost")
	require.Same(t, error(kept), refused(&declared.Dataset{}, kept), "a reason stays")
	require.NoError(t, refused(&declared.Dataset{}, nil))
	require.EqualError(t, refused(&declared.Dataset{}, errors.New("odd")), "odd")
}
