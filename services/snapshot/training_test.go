package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestATrainingSetHasTheFeaturesOfItsDateAndTheLabelOfALaterOne(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, with(with(peopleIn(), "usage", `values ('a', 9, true), ('b', 9, true)`), "outcomes", `values ('a', false), ('b', true)`))

	built := s.trained(t, trainingRequest(january))

	require.Equal(t, `id,as_of,age,watched,active,rooms,left_us
C,2024-01-31,41,,,,
a,2024-01-31,20,1.5,true,4,false
b,2024-01-31,30,2.25,false,3,true
`, s.csv(t, built), "in key order, byte by byte, decimals without the zeros at their end")
	require.EqualValues(t, 3, built.GetRows())
	require.EqualValues(t, 2, built.GetLabelled())
	require.Equal(t, []string{january}, built.GetAsOf())
	require.Equal(t, "people", built.GetDataset())
	require.Equal(t, "leaving", built.GetName())
	require.EqualValues(t, 1, built.GetDefinition().GetLabel().GetHorizon())
}

func TestDatesAreStackedInTheirOrder(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, with(peopleIn(), "persons", `values ('a', 21, 'Ulm', 2)`))
	s.stamped(t, march, with(peopleIn(), "outcomes", `values ('a', false)`))

	built := s.trained(t, defined(func(set *datasetv1.TrainingSet) {
		set.Features = set.GetFeatures()[:1]
	}, february, january))

	require.Equal(t, `id,as_of,age,left_us
C,2024-01-31,41,true
a,2024-01-31,20,true
b,2024-01-31,30,false
a,2024-02-29,21,false
`, s.csv(t, built))
	require.Equal(t, []string{january, february}, built.GetAsOf())
}

func TestConditionsChooseTheEntities(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	for name, test := range map[string]struct {
		where []*datasetv1.Condition
		want  string
	}{
		"at least":  {[]*datasetv1.Condition{{Column: "age", Is: datasetv1.Comparison_COMPARISON_AT_LEAST, Values: []string{"30"}}}, "Cb"},
		"at most":   {[]*datasetv1.Condition{{Column: "age", Is: datasetv1.Comparison_COMPARISON_AT_MOST, Values: []string{"30"}}}, "ab"},
		"greater":   {[]*datasetv1.Condition{{Column: "age", Is: datasetv1.Comparison_COMPARISON_GREATER, Values: []string{"30"}}}, "C"},
		"less":      {[]*datasetv1.Condition{{Column: "id", Is: datasetv1.Comparison_COMPARISON_LESS, Values: []string{"a"}}}, "C"},
		"one of":    {[]*datasetv1.Condition{{Column: "city", Is: datasetv1.Comparison_COMPARISON_ONE_OF, Values: []string{"Ulm", `Köln, "am Dom"`}}}, "Ca"},
		"not equal": {[]*datasetv1.Condition{{Column: "city", Is: datasetv1.Comparison_COMPARISON_NOT_EQUAL, Values: []string{"Ulm' or true --"}}}, "Cab"},
		"missing":   {[]*datasetv1.Condition{{Column: "home", Is: datasetv1.Comparison_COMPARISON_MISSING}}, "C"},
		"present":   {[]*datasetv1.Condition{{Column: "home", Is: datasetv1.Comparison_COMPARISON_PRESENT}}, "ab"},
		"both": {[]*datasetv1.Condition{
			{Column: "home", Is: datasetv1.Comparison_COMPARISON_PRESENT},
			{Column: "age", Is: datasetv1.Comparison_COMPARISON_EQUAL, Values: []string{"30"}},
		}, "b"},
	} {
		built := s.trained(t, defined(func(set *datasetv1.TrainingSet) {
			set.Entities.Where, set.Features = test.where, set.GetFeatures()[:1]
		}, january))

		got := ""
		for _, line := range lines(s.csv(t, built))[1:] {
			got += line[:1]
		}
		require.Equal(t, test.want, got, name)
	}
}

func TestAnEntityTakesTheNewestRowWithinItsAge(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, with(peopleIn(), "usage", `values ('a', 1, true), ('b', 1, true), ('C', 1, true)`))
	s.stamped(t, february, with(peopleIn(), "usage", `values ('a', 2, true), ('b', null::numeric, null::boolean)`))
	s.stamped(t, march, with(peopleIn(), "usage", `values ('a', 3, true)`))
	s.stamped(t, "2024-04-30", peopleIn())
	for name, test := range map[string]struct {
		ttl  *int32
		want []string
		from []string
	}{
		"no limit":            {nil, []string{"C,2024-03-31,1,true", "a,2024-03-31,3,true", "b,2024-03-31,,false"}, []string{march, february, january}},
		"of T itself":         {proto.Int32(0), []string{"C,2024-03-31,,true", "a,2024-03-31,3,true", "b,2024-03-31,,false"}, []string{march}},
		"a period":            {proto.Int32(1), []string{"C,2024-03-31,,true", "a,2024-03-31,3,true", "b,2024-03-31,,false"}, []string{march, february}},
		"as old as the first": {proto.Int32(2), []string{"C,2024-03-31,1,true", "a,2024-03-31,3,true", "b,2024-03-31,,false"}, []string{march, february, january}},
	} {
		built := s.trained(t, defined(func(set *datasetv1.TrainingSet) {
			set.Features = []*datasetv1.Feature{{Column: "usage_s.hours", Ttl: test.ttl}}
		}, march))

		require.Equal(t, test.want, lines(s.csv(t, built))[1:], "%s: a row of which the value is NULL is a row", name)
		var from []string
		for _, p := range built.GetSnapshots() {
			if p.GetSnapshot() == "usage_s" {
				from = append([]string{p.GetAsOf()}, from...)
			}
		}
		require.Equal(t, test.from, from, name)
	}
}
