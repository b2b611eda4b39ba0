package orchestrator_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	ds "github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (s *suite) version(t testing.TB, version string) *orchestratorv1.DatasetVersion {
	t.Helper()
	resp, err := s.client.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "shop", Version: version})
	require.NoError(t, err)
	return resp.GetVersion()
}

func TestTheSameContentIsTheSameVersion(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := dataset("shop")

	again := s.apply(t, d)

	require.True(t, again.GetUnchanged())
	require.Equal(t, ds.Hash(d), again.GetVersion().GetVersion())
	require.True(t, again.GetVersion().GetCurrent())
	require.Equal(t, asker, again.GetVersion().GetRequestedBy())
	require.True(t, proto.Equal(d, s.version(t, "").GetDataset()), "content comes back as it was given")
	require.Equal(t, []string{"1"}, s.db.Rows(t, "select count(*) from sf_orchestrator.dataset_version"))
}

func TestAnOlderVersionCanBecomeCurrentAgain(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.version(t, "")
	d := dataset("shop")
	d.Description = "a newer one"
	second := s.apply(t, d)
	require.False(t, second.GetUnchanged())
	require.False(t, s.version(t, first.GetVersion()).GetCurrent())

	back := s.apply(t, dataset("shop"))

	require.False(t, back.GetUnchanged())
	require.Equal(t, first.GetVersion(), back.GetVersion().GetVersion())
	require.Equal(t, first.GetCreatedAt().AsTime(), back.GetVersion().GetCreatedAt().AsTime())
	require.Equal(t, first.GetVersion(), s.version(t, "").GetVersion())
	require.Equal(t, "a newer one", s.version(t, second.GetVersion().GetVersion()[:12]).GetDataset().GetDescription())
}

func TestGetDatasetRefuses(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, req := range []*orchestratorv1.GetDatasetRequest{
		{Dataset: "shopp"}, {Dataset: "shop", Version: "zz"}, {Dataset: "shop", Version: "%"}, {Dataset: "shop", Version: "_"},
	} {
		_, err := s.client.GetDataset(t.Context(), req)
		requireReason(t, err, problem.DatasetNotFound)
	}
}

func TestEveryMistakeOfADatasetIsNamed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := dataset("shop")
	d.Tables[0].Columns[1].Type = "money"
	d.Snapshots[1].From = "shop_odrers"

	_, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: asker})

	requireReason(t, err, problem.DatasetInvalid)
	violations := problem.FromError(err).Violations
	require.Len(t, violations, 2)
	require.Equal(t, "tables[0].columns[1].type", violations[0].Subject)
	require.Equal(t, "snapshots[1].from", violations[1].Subject)
	require.True(t, s.apply(t, dataset("shop")).GetUnchanged(), "the registered version stays current")
}

func TestATableBelongsToOneDataset(t *testing.T) {
	t.Parallel()
	s := setup(t)
	thief := dataset("thief")
	thief.Tables[0].Name, thief.Snapshots[0].From = "shop_users", "shop_users"
	thief.Snapshots[1].Name = "shop_orders" // a snapshot over another's live table
	apply := func(d *orchestratorv1.ApplyDatasetRequest) error {
		_, err := s.client.ApplyDataset(t.Context(), d)
		return err
	}

	err := apply(&orchestratorv1.ApplyDatasetRequest{Dataset: thief, RequestedBy: asker})
	elsewhere := proto.CloneOf(thief)
	elsewhere.Schema = "thief"

	requireReason(t, err, problem.TableTaken)
	var subjects []string
	for _, v := range problem.FromError(err).Violations {
		subjects = append(subjects, v.Subject)
	}
	require.Equal(t, []string{"public.shop_orders", "public.shop_users"}, subjects)
	require.NoError(t, apply(&orchestratorv1.ApplyDatasetRequest{Dataset: elsewhere, RequestedBy: asker}), "another schema is another table")
}

// A dry run says what an application would: the changes, that it is the same, or which names
// are taken and what to call them; and registers nothing.
func TestADryRunOfAnApplicationRegistersNothing(t *testing.T) {
	t.Parallel()
	s := setup(t)
	before := s.apply(t, dataset("shop")).GetVersion().GetVersion()
	dry := func(d *datasetv1.Dataset) (*orchestratorv1.ApplyDatasetResponse, error) {
		return s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: asker, DryRun: true})
	}
	described := dataset("shop")
	described.Description = "as it is meant"
	thief := dataset("thief")
	thief.Tables[0].Name, thief.Snapshots[0].From = "shop_users", "shop_users"

	would, err := dry(described)
	require.NoError(t, err)
	require.False(t, would.GetUnchanged())
	require.Equal(t, before, would.GetPreviousVersion())
	require.NotEmpty(t, would.GetChanges())
	same, err := dry(dataset("shop"))
	require.NoError(t, err)
	require.True(t, same.GetUnchanged())
	_, err = dry(thief)
	requireReason(t, err, problem.TableTaken)
	require.ErrorContains(t, err, "Rename it, as thief_shop_users where the dataset says shop_users, or declare another schema, such as `schema: thief`")
	fresh, err := dry(dataset("fresh"))
	require.NoError(t, err)
	require.NotEmpty(t, fresh.GetVersion().GetVersion())

	now, err := s.client.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "shop"})
	require.NoError(t, err)
	require.Equal(t, before, now.GetVersion().GetVersion())
	_, err = s.client.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "fresh"})
	requireReason(t, err, problem.DatasetNotFound)
	_, err = s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: dataset("fresh"), RequestedBy: asker})
	require.NoError(t, err, "no name was claimed")
}

func TestANameThatWasGivenUpStaysClaimed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	smaller := dataset("shop")
	smaller.Tables, smaller.Snapshots = smaller.GetTables()[:1], smaller.GetSnapshots()[:1]
	s.apply(t, smaller)
	heir := dataset("heir")
	heir.Tables[0].Name, heir.Snapshots[0].From = "shop_orders", "shop_orders"

	_, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: heir, RequestedBy: asker})

	requireReason(t, err, problem.TableTaken)
}

func TestOneOfManyThatClaimATableAtOnceGetsIt(t *testing.T) {
	t.Parallel()
	s := setup(t)
	errs := make([]error, 8)

	var wait sync.WaitGroup
	for i := range errs {
		d := dataset(fmt.Sprintf("rival%d", i))
		d.Tables[i%2].Name, d.Snapshots[i%2].From = "prize", "prize"
		wait.Go(func() {
			_, errs[i] = s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: asker})
		})
	}
	wait.Wait()

	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		requireReason(t, err, problem.TableTaken)
	}
	require.Equal(t, 1, won)
}

// Who declares a read_schema has all of it: no other dataset declares tables there, nor a name
// there before it, nor the same for its views.
func TestAReadSchemaBelongsToOneDataset(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		first, second string
		says          string
	}{
		"the same":                        {"read_schema: zoo_read", "read_schema: zoo_read", "schema zoo_read as a whole belongs to dataset first"},
		"tables in another's":             {"read_schema: zoo_read", "schema: zoo_read", "schema zoo_read as a whole belongs to dataset first"},
		"another's tables are there":      {"schema: zoo_read", "read_schema: zoo_read", "zoo_read.first_orders belongs to dataset first"},
		"another's tables were there":     {"schema: zoo_read\n", "read_schema: zoo_read", "belongs to dataset first"},
		"one that begins in the same way": {"read_schema: zoo_read", "read_schema: zoo_read_2", ""},
		"another schema":                  {"read_schema: zoo_read", "schema: zoo", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			in := func(name, where string) *datasetv1.Dataset {
				d := dataset(name)
				switch key, value, _ := strings.Cut(strings.TrimSpace(where), ": "); key {
				case "schema":
					d.Schema = value
				default:
					d.ReadSchema = value
				}
				return d
			}
			s.apply(t, in("first", tc.first))
			if strings.HasSuffix(tc.first, "\n") {
				s.apply(t, dataset("first")) // what was claimed stays claimed
			}

			_, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: in("second", tc.second), RequestedBy: asker})

			if tc.says == "" {
				require.NoError(t, err)
				return
			}
			requireReason(t, err, problem.TableTaken)
			require.ErrorContains(t, err, tc.says)
		})
	}
}

// Of those who declare a schema for views and those who declare tables in it, at once, one kind
// gets it, and of views one dataset.
func TestAReadSchemaThatManyWantAtOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	errs := make([]error, 8)

	var wait sync.WaitGroup
	for i := range errs {
		d := dataset(fmt.Sprintf("rival%d", i))
		if i%2 == 0 {
			d.ReadSchema = "prize"
		} else {
			d.Schema = "prize"
		}
		wait.Go(func() {
			_, errs[i] = s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: asker})
		})
	}
	wait.Wait()

	views, tables := 0, 0
	for i, err := range errs {
		switch {
		case err != nil:
			requireReason(t, err, problem.TableTaken)
		case i%2 == 0:
			views++
		default:
			tables++
		}
	}
	require.True(t, views == 1 && tables == 0 || views == 0 && tables == 4, "%d for views, %d for tables", views, tables)
}

func TestListDatasetsByNameInPages(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, name := range []string{"b", "c", "a"} {
		s.apply(t, dataset(name))
	}
	var names []string
	req := &orchestratorv1.ListDatasetsRequest{PageSize: 3}

	for pages := 1; ; pages++ {
		resp, err := s.client.ListDatasets(t.Context(), req)
		require.NoError(t, err)
		for _, v := range resp.GetVersions() {
			names = append(names, v.GetDataset().GetName())
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			require.Equal(t, 2, pages)
			break
		}
	}

	require.Equal(t, []string{"a", "b", "c", "shop"}, names)
	_, err := s.client.ListDatasets(t.Context(), &orchestratorv1.ListDatasetsRequest{PageToken: page.Token("run 1")})
	requireReason(t, err, problem.InvalidRequest)
}
