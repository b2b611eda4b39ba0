// Package feast writes the feature repository by which Feast reads the history of a
// dataset: what the snapshots are keyed by as entities, each snapshot as a feature view
// over its current revisions, each training set as a feature service. It asks nobody: all
// of it follows from the dataset.
package feast

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

//go:embed repository.py.tmpl
var repositoryText string

//go:embed feature_store.yaml.tmpl
var storeText string

var (
	repository = template.Must(template.New("repository").Funcs(template.FuncMap{"py": literal}).Parse(repositoryText))
	store      = template.Must(template.New("store").Parse(storeText))
)

// Files are the files of a repository, by name.
func Files(d *datasetv1.Dataset, version string) (map[string][]byte, error) {
	content, err := contentOf(d, version)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, t := range map[string]*template.Template{"repository.py": repository, "feature_store.yaml": store} {
		var b bytes.Buffer
		if err := t.Execute(&b, content); err != nil {
			return nil, fmt.Errorf("write %s: %w", name, err)
		}
		files[name] = b.Bytes()
	}
	return files, nil
}

// content is what the templates show.
type content struct {
	Dataset, Version string
	Entities         []entity
	Views            []*view
	Services         []service
}

// entity is a column by which snapshots are keyed.
type entity struct{ Name, Value string }

// service is a training set.
type service struct {
	Name, Description, Label string
	Views                    []taken
	// Renamed are the features that the set calls otherwise.
	Renamed []string
}

// taken are the columns of a view that a training set takes.
type taken struct {
	View    string
	Columns []string
}

func contentOf(d *datasetv1.Dataset, version string) (content, error) {
	c := content{Dataset: d.GetName(), Version: version}
	for _, s := range d.GetSnapshots() {
		v, err := viewOf(d, s)
		if err != nil {
			return c, err
		}
		c.Views = append(c.Views, v)
		for _, k := range v.Keys {
			if !slices.Contains(c.Entities, k) {
				c.Entities = append(c.Entities, k)
			}
		}
	}
	for _, set := range d.GetTrainingSets() {
		c.add(d, set)
	}
	return c, nil
}

// add makes a service of a training set, and a view of its own for each age of a snapshot
// that the set limits.
func (c *content) add(d *datasetv1.Dataset, set *datasetv1.TrainingSet) {
	out := service{Name: set.GetName(), Description: set.GetDescription(), Label: set.GetLabel().GetColumn()}
	for _, f := range set.GetFeatures() {
		of := dataset.ParseSnapshotColumn(f.GetColumn())
		i := slices.IndexFunc(c.Views, func(v *view) bool { return v.Name == of.Snapshot })
		if i < 0 {
			continue // lint has refused it
		}
		if c.Views[i].isKey(of.Column) {
			continue // which an entity is, and no feature
		}
		name := c.Views[i].Name
		if f.Ttl != nil {
			name = c.aged(d, c.Views[i], f.GetTtl())
		}
		k := slices.IndexFunc(out.Views, func(t taken) bool { return t.View == name })
		if k < 0 {
			k = len(out.Views)
			out.Views = append(out.Views, taken{View: name})
		}
		out.Views[k].Columns = append(out.Views[k].Columns, of.Column)
		if called := dataset.FeatureName(f); called != of.Column {
			out.Renamed = append(out.Renamed, of.String()+" is called "+called)
		}
	}
	c.Services = append(c.Services, out)
}

// aged is the name of a snapshot's view with a limit of age, which is made where it is new.
func (c *content) aged(d *datasetv1.Dataset, of *view, periods int32) string {
	name := fmt.Sprintf("%s_ttl_%d", of.Name, periods)
	if !slices.ContainsFunc(c.Views, func(v *view) bool { return v.Name == name }) {
		limited := *of
		limited.Name, limited.TTL = name, ttl(d.GetCalendar().GetPeriod(), periods)
		c.Views = append(c.Views, &limited)
	}
	return name
}

// literal writes a text as Python does.
func literal(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(text) + `"`
}
