// Command timesheets runs the stand-in app of package timesheets by itself, against any APS ID.
package main
