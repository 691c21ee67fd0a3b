// All kernels of one CPU level. The including file sets LEVEL_TABLE, LEVEL_NAME, LANES_IN_REGISTER and the sizes of the
// register tiles, and pushes the target attribute.
#include "vector.h"
#include "product.h"
#include "optimizer.h"
#include "gradient.h"
#include "gradient_places.h"
#include "gradient_dense.h"
#include "window.h"
#include "norm.h"
#include "norm_gradient.h"
#include "dropout.h"
#include "sign.h"
#include "rotate.h"
#include "loss.h"
#include "output_loss.h"
#include "update.h"
#include "batch.h"
#include "attack.h"
#include "attack_loss.h"
#include "fused.h"
#include "packed.h"
#include "single.h"

const clanes_table LEVEL_TABLE = {
    LEVEL_NAME, sparseProduct, denseProduct, sparseGradient, denseGradient, pool, poolGradient,
    normalise,  normaliseGradient, normLines, dropout, sign, rotate, loss,     outputLoss,
    outputLossSum, sgd,     adam,          gather, sum, batch,
    perturb,    startPerturbation, selectSamples, measureSamples, attackLoss, fusedTraining, fusedEvaluation,
    elementary, peak, loadPeak, packedProduct, realProduct, bitPool,
    placeProduct, outputProduct, placePool, placeInput,
};
