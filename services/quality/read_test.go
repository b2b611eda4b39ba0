package quality_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

func TestGetValidation(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	staged := deliver.Stage(t, s.db, table, []string{"ü\"'", "-1", "lost"})
	made := map[string]*qualityv1.Validation{}
	for _, id := range []string{"val_a1", "val_a1x", "val_b_1", "val_bb1"} {
		req := s.request([]*datasetv1.Table{table}, staged)
		req.Validation = id
		made[id] = s.mustValidate(t, req)
	}
	cases := map[string]struct {
		ask    string
		found  string
		reason problem.Reason
	}{
		"by the whole identifier":             {"val_b_1", "val_b_1", ""},
		"by a unique beginning":               {"val_a1x", "val_a1x", ""},
		"one that is a beginning of another":  {"val_a1", "val_a1", ""},
		"an underscore stands for itself":     {"val_b_", "val_b_1", ""},
		"a percent sign stands for itself":    {"val_%", "", problem.ValidationNotFound},
		"a beginning of several":              {"val_a", "", problem.AmbiguousID},
		"nobody's":                            {"val_z", "", problem.ValidationNotFound},
		"of another kind":                     {"run_1", "", problem.InvalidRequest},
		"a backslash stands for itself":       {`val_\`, "", problem.ValidationNotFound},
		"a beginning of several, with a kind": {"val_", "", problem.AmbiguousID},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			resp, err := s.client.GetValidation(context.Background(), &qualityv1.GetValidationRequest{Validation: c.ask})

			if c.reason != "" {
				require.True(t, problem.Is(err, c.reason), "%v", err)
				return
			}
			require.NoError(t, err)
			require.True(t, proto.Equal(made[c.found], resp.GetValidation()))
			require.Len(t, resp.GetValidation().GetFindings(), 2)
		})
	}
}

func TestListValidations(t *testing.T) {
	t.Parallel()
	s := setup(t)
	table := orders(t)
	staged := deliver.Stage(t, s.db, table, []string{"a", "-1", "open"})
	for i := range 5 {
		req := s.request([]*datasetv1.Table{table}, staged)
		req.Validation, req.Batch = fmt.Sprintf("val_%d", i), fmt.Sprintf("bat_%d", i%2)
		if i == 2 {
			req.AsOf = "2024-02-29"
		}
		s.mustValidate(t, req)
	}

	t.Run("pages, newest first", func(t *testing.T) {
		t.Parallel()
		var ids []string
		token, pages := "", 0
		for pages == 0 || token != "" {
			resp := s.list(t, &qualityv1.ListValidationsRequest{Dataset: datasetName, PageSize: 2, PageToken: token})
			for _, v := range resp.GetValidations() {
				ids = append(ids, v.GetId())
			}
			token, pages = resp.GetNextPageToken(), pages+1
		}
		require.Equal(t, []string{"val_4", "val_3", "val_2", "val_1", "val_0"}, ids)
		require.Equal(t, 3, pages)
	})
	t.Run("a page that ends with the last has no next", func(t *testing.T) {
		t.Parallel()
		resp := s.list(t, &qualityv1.ListValidationsRequest{Dataset: datasetName, PageSize: 5})
		require.Len(t, resp.GetValidations(), 5)
		require.Empty(t, resp.GetNextPageToken())
	})
	t.Run("of one batch", func(t *testing.T) {
		t.Parallel()
		resp := s.list(t, &qualityv1.ListValidationsRequest{Dataset: datasetName, Batch: "bat_1"})
		require.Len(t, resp.GetValidations(), 2)
	})
	t.Run("of one as_of", func(t *testing.T) {
		t.Parallel()
		resp := s.list(t, &qualityv1.ListValidationsRequest{Dataset: datasetName, AsOf: "2024-02-29"})
		require.Len(t, resp.GetValidations(), 1)
		require.Equal(t, "val_2", resp.GetValidations()[0].GetId())
		resp = s.list(t, &qualityv1.ListValidationsRequest{Dataset: datasetName, AsOf: "2024-01-31", Batch: "bat_1"})
		require.Len(t, resp.GetValidations(), 2)
		require.Empty(t, s.list(t, &qualityv1.ListValidationsRequest{Dataset: datasetName, AsOf: "2024-03-31"}).GetValidations())
	})
	t.Run("of another dataset", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, s.list(t, &qualityv1.ListValidationsRequest{Dataset: "other"}).GetValidations())
	})
	t.Run("without results and findings", func(t *testing.T) {
		t.Parallel()
		v := s.list(t, &qualityv1.ListValidationsRequest{Dataset: datasetName}).GetValidations()[0]
		require.Empty(t, v.GetResults())
		require.Empty(t, v.GetFindings())
		require.Equal(t, [5]int32{3, 2, 1, 0, 66}, numbers(v))
		require.Equal(t, "2024-01-31", v.GetAsOf())
	})
	t.Run("what cannot be asked for", func(t *testing.T) {
		t.Parallel()
		for name, req := range map[string]*qualityv1.ListValidationsRequest{
			"a token of nobody's":            {Dataset: datasetName, PageToken: "?"},
			"a token of the list of runs":    {Dataset: datasetName, PageToken: page.Token("run_1")},
			"a token that sorts behind all":  {Dataset: datasetName, PageToken: page.Token("zzz")},
			"a dataset that cannot be":       {Dataset: "a\x00b"},
			"an as_of that is no day":        {Dataset: datasetName, AsOf: "2024-02-30"},
			"an as_of of another form":       {Dataset: datasetName, AsOf: "31.1.2024"},
			"a batch that cannot be":         {Dataset: datasetName, Batch: "a"},
			"a batch with a control in it":   {Dataset: datasetName, Batch: "bat_a\x00b"},
			"a batch with a newline at last": {Dataset: datasetName, Batch: "bat_1\n"},
		} {
			_, err := s.client.ListValidations(context.Background(), req)
			require.True(t, problem.Is(err, problem.InvalidRequest), "%s: %v", name, err)
		}
	})
}

func (s *suite) list(t *testing.T, req *qualityv1.ListValidationsRequest) *qualityv1.ListValidationsResponse {
	t.Helper()
	resp, err := s.client.ListValidations(context.Background(), req)
	require.NoError(t, err)
	return resp
}
