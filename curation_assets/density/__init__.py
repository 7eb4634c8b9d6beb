"""density_sketch and density_estimates: how crowded a document's neighbourhood is."""
