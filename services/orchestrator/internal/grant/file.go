package grant

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/streamflow/streamflow/platform/identity"
)

// file is what a file of grants holds.
type file struct {
	Grants []entry `yaml:"grants"`
}

// entry is a grant as it is written.
type entry struct {
	Role        string            `yaml:"role"`
	AllDatasets bool              `yaml:"all_datasets"`
	Datasets    []string          `yaml:"datasets"`
	Issuer      string            `yaml:"issuer"`
	Subject     string            `yaml:"subject"`
	Claims      map[string]string `yaml:"claims"`
}

var datasetName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// Parse reads a file of grants, YAML. Errors: what is no such file, each with its place.
func Parse(text []byte) ([]Grant, error) {
	var f file
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := d.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, errors.New("expected one document, found more")
	}
	grants := make([]Grant, 0, len(f.Grants))
	var wrong []error
	for i, e := range f.Grants {
		g, err := e.grant()
		if err != nil {
			wrong = append(wrong, fmt.Errorf("grants[%d]: %w", i, err))
		}
		grants = append(grants, g)
	}
	return grants, errors.Join(wrong...)
}

func (e entry) grant() (Grant, error) {
	role, err := identity.ParseRole(e.Role)
	if err != nil {
		return Grant{}, err
	}
	switch {
	case e.AllDatasets == (len(e.Datasets) > 0):
		return Grant{}, errors.New("expected either all_datasets: true, or the datasets that it is for")
	case !strings.HasPrefix(e.Issuer, "https://") && !strings.HasPrefix(e.Issuer, "http://"):
		return Grant{}, fmt.Errorf("issuer: expected the address of an issuer, https://…, found %q", e.Issuer)
	case e.Subject == "" && len(e.Claims) == 0:
		return Grant{}, errors.New("expected a subject, or the claims of those that it is for: an issuer alone is everybody that it knows")
	}
	for _, name := range e.Datasets {
		if !datasetName.MatchString(name) {
			return Grant{}, fmt.Errorf("datasets: expected the name of a dataset, found %q", name)
		}
	}
	g := Grant{Grant: identity.Grant{Role: role, All: e.AllDatasets, Datasets: e.Datasets}, Issuer: e.Issuer, Subject: e.Subject}
	for name, value := range e.Claims {
		if name == "" || value == "" {
			return Grant{}, fmt.Errorf("claims: expected a name and a value, found %q: %q", name, value)
		}
		g.Claims = append(g.Claims, Claim{Name: name, Value: value})
	}
	return g.InOrder(), nil
}
