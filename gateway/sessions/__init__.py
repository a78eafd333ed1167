"""Who is signed in: sessions in the gateway, short-lived tokens inward."""
