package server

import (
	"os"

	"github.com/apscloud/apsid/internal/brand"
	"github.com/apscloud/apsid/internal/config"
	"github.com/apscloud/apsid/internal/web"
)

// brandOf reads the logo that the configuration names. Its errors are of type *config.Problem.
func brandOf(b config.Brand) (web.Brand, error) {
	shown := web.Brand{Name: b.Name}
	if b.Logo == "" {
		return shown, nil
	}
	data, err := os.ReadFile(b.Logo) // #nosec G304 -- the operator names it
	if err == nil {
		_, _, err = brand.Banner(data)
	}
	if err != nil {
		return shown, &config.Problem{Key: "brand-logo", Value: b.Logo, Text: err.Error()}
	}
	shown.Logo = data
	return shown, nil
}
