package trainingset

import (
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestDatesAreDividedInTheirOrder(t *testing.T) {
	t.Parallel()
	parts := func(shares ...float64) (all []*datasetv1.Part) {
		for _, s := range shares {
			all = append(all, &datasetv1.Part{Share: s})
		}
		return all
	}
	for _, test := range []struct {
		parts []*datasetv1.Part
		want  []int
	}{
		{parts(0.8, 0.2), []int{0, 0, 0, 0, 1}},
		{parts(0.8, 0.2), []int{0, 1}},
		{parts(0.5, 0.5), []int{0, 0, 1, 1}},
		{parts(0.98, 0.01, 0.01), []int{0, 1, 2}},
		{parts(0.01, 0.01, 0.98), []int{0, 1, 2}},
		{parts(0.01, 0.01, 0.98), []int{0, 1, 2, 2, 2, 2}},
		{parts(0.6, 0.2, 0.2), []int{0, 0, 0, 0, 0, 0, 1, 1, 2, 2}},
	} {
		var got []int
		for i := range test.want {
			got = append(got, partOfDate(test.parts, i, len(test.want)))
		}
		require.Equal(t, test.want, got)
	}
}

func TestLiteralsHoldWhatTheyAre(t *testing.T) {
	t.Parallel()
	require.Equal(t, `'it''s \'`, literal(`it's \`))
}
