// Package browsertest signs people in with a real browser, as they would: it opens pages, fills fields by their names,
// presses buttons by their words, and reads what stands on the screen.
//
// It owns the harness (Chrome, Browser), the accessibility check, and the independent judges that the product does not use
// itself: zbarimg reads QR codes, oathtool generates codes, axe-core checks pages. It knows the product by its pages and by
// demo.json only; the tests in it drive the composition of package server. Product code never imports it.
package browsertest
