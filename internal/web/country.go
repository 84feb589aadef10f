package web

// Countries lists the countries that a mobile number can be of, and one option for all others.
func Countries(chosen string) []Option {
	all := []Option{
		{Value: "", Label: "Choose a country"},
		{Value: "AU", Label: "Australia (+61)"},
		{Value: "NZ", Label: "New Zealand (+64)"},
		{Value: "GB", Label: "United Kingdom (+44)"},
		{Value: "other", Label: "Other"},
	}
	for i := range all {
		all[i].Chosen = all[i].Value == chosen
	}
	return all
}
