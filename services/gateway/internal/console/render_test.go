package console

import (
	"html/template"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAPageThatCannotBeRenderedIsAProblemAndNotHalfAPage(t *testing.T) {
	t.Parallel()
	broken := template.Must(template.New("layout").Parse(`begun {{.Missing}}`))
	c := &Console{pages: map[string]*template.Template{homePage: broken}, visitor: func(*http.Request) *Visitor { return nil }}
	w := httptest.NewRecorder()

	c.render(w, httptest.NewRequest(http.MethodGet, "/", nil), http.StatusOK, homePage, page{})

	require.Equal(t, http.StatusInternalServerError, w.Code)
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	require.NotContains(t, w.Body.String(), "begun")
}
