"""What printed papers share: the embedded fonts and the drawing of QR codes."""
