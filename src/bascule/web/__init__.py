"""Server-rendered pages, one folder per capability; each URL declares who may open it (`access`)."""
